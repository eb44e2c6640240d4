import { nearest } from '../../shared/contracts/nearest.ts'
import { UsageError } from '../command.ts'
import { ACTIONS_EXPLAINED, DECISION_RULES } from './action.ts'
import { SYNDROMES } from './esr.ts'
import { EVENTS, PROBLEMS_EXPLAINED, STEPS } from './event.ts'
import type { Explanation, Subject } from './explanation.ts'
import { KERNELS } from './kernel.ts'
import { MEMORY_FAILURE } from './memory-failure.ts'
import { NOTIFICATIONS_EXPLAINED } from './notification.ts'
import { POLICIES_EXPLAINED } from './policy.ts'
import { VMM_PROFILES_EXPLAINED } from './profile.ts'
import { RULES } from './rule.ts'
import { SIGNALS } from './signal.ts'
import { TERMS } from './term.ts'

/** What can be explained; a name that several have is explained by each, in this order. */
export const SUBJECTS: readonly Subject[] = [
  TERMS,
  SYNDROMES,
  NOTIFICATIONS_EXPLAINED,
  SIGNALS,
  MEMORY_FAILURE,
  VMM_PROFILES_EXPLAINED,
  POLICIES_EXPLAINED,
  KERNELS,
  ACTIONS_EXPLAINED,
  DECISION_RULES,
  STEPS,
  EVENTS,
  PROBLEMS_EXPLAINED,
  RULES
]

/**
 * Everything that goes by a name, or what of it is of the kind named before it (`profile qemu-11.0`). Throws UsageError for a
 * name that nothing has, with the nearest.
 */
export async function explained(words: readonly string[]): Promise<readonly Explanation[]> {
  const [kind, ...rest] = words
  const only = rest.length === 0 ? undefined : SUBJECTS.find((subject) => subject.kind === kind)
  const [subjects, name] = only === undefined ? [SUBJECTS, words.join(' ')] : [[only], rest.join(' ')]
  const found: Explanation[] = []
  for (const subject of subjects) found.push(...(await subject.explain(name)))
  if (found.length > 0) return found
  const kinds = SUBJECTS.map((subject) => subject.kind)
  const kindMeant = rest.length > 0 && only === undefined ? nearest(kind ?? '', kinds) : undefined
  if (kindMeant !== undefined)
    throw new UsageError(`seabus explain: there is no kind ${kind}; did you mean ${kindMeant}?`)
  const meant = nearest(
    name,
    subjects.flatMap((subject) => subject.names())
  )
  const what = only === undefined ? 'nothing here' : `no ${only.kind}`
  const hint = meant === undefined ? '; seabus list and seabus fidelity have the names' : `; did you mean ${meant}?`
  throw new UsageError(`seabus explain: ${what} is called ${name}${hint}`)
}
