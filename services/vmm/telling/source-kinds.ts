import type { Notification } from '../../../shared/contracts/common.ts'
import type { Decision, Question } from '../../../shared/contracts/policy.ts'

type Kinds = Readonly<Partial<Record<Decision['action'], readonly Notification[]>>>

/** Which sources the guest reads when it is told in this way. */
const KINDS_OF_ACTION: Kinds = {
  'inject-sea': ['SEA'],
  'inject-serror': ['SEI'],
  'notify-interrupt': ['GPIO', 'GSIV', 'SCI', 'EXTERNAL'],
  'notify-poll': ['POLLED']
}

type Listed = Pick<Question['sources'][number], 'source' | 'notify'>

/** The source a decision means: the one it names, else the first that the guest reads when told so. */
export function sourceFor<Source extends Listed>(sources: readonly Source[], decision: Decision): Source | undefined {
  const kinds = KINDS_OF_ACTION[decision.action] ?? []
  const fitting = sources.filter(({ notify }) => kinds.includes(notify))
  return decision.source === undefined ? fitting[0] : fitting.find(({ source }) => source === decision.source)
}
