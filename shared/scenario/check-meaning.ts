import { unknownName as unknownGiven } from '../contracts/given-name.ts'
import { POLICY_NAMES } from '../contracts/policy.ts'
import type { Layer } from '../contracts/layer.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import { wire } from '../contracts/validate.ts'
import { VMM_PROFILES } from '../contracts/vmm.ts'
import { castOf, unknownName, type Cast } from './cast.ts'
import { actorFaults } from './check-actors.ts'
import { expectFaults } from './check-expect.ts'
import { placeFaults } from './check-places.ts'
import type { Fault, FaultRule } from './fault.ts'
import { durationOf } from './scalars.ts'
import type { ScenarioFile } from './schema.ts'
import type { StepFile } from './schema-step.ts'

type Path = Fault['path']

/** Names that a scenario can give where it is run. */
export interface OfferedNames {
  readonly vmms: readonly string[]
}
/** Those of our own services. */
const OUR_NAMES: OfferedNames = { vmms: VMM_PROFILES }

/** What a schema cannot say: names that nothing has, what two have, places where nothing is. All of it. */
export function meaningFaults(file: ScenarioFile, offered: OfferedNames = OUR_NAMES): readonly Fault[] {
  const cast = castOf(file)
  const actors = actorFaults(file)
  return [
    ...actors,
    ...settings(file, offered),
    ...file.steps.flatMap(stepFaults(cast)),
    // Places are laid out by who there is.
    ...(actors.length > 0 ? [] : placeFaults(file, cast)),
    ...expectFaults(file, cast)
  ]
}

const policyFaults = (path: Path, policy: string): readonly Fault[] =>
  /^https?:/.test(policy)
    ? [
        {
          path,
          at: 'value',
          rule: 'setting',
          says: 'names a built-in policy; one behind a URL is given to the run: --policy URL'
        }
      ]
    : unknownName(path, 'value', 'policy', policy, POLICY_NAMES)

function settings({ vms = [] }: ScenarioFile, { vmms }: OfferedNames): readonly Fault[] {
  return vms.flatMap(({ profile, policy }, v) => [
    ...(profile === undefined ? [] : unknownName(['vms', v, 'profile'], 'value', 'VMM profile', profile, vmms)),
    ...(policy === undefined ? [] : policyFaults(['vms', v, 'policy'], policy))
  ])
}

function stepFaults({ vms }: Cast) {
  return (step: StepFile, index: number): readonly Fault[] => {
    const path = ['steps', index]
    const { reset, migrate, policy, message, report, bert, wait } = step
    const vm = (key: readonly string[], name: string | undefined) =>
      name === undefined ? [] : unknownName([...path, ...key], 'value', 'VM', name, vms)
    return [
      ...vm(['reset'], reset),
      ...vm(['migrate'], migrate),
      ...vm(['policy', 'vm'], policy?.vm),
      ...(policy === undefined ? [] : policyFaults([...path, 'policy', 'name'], policy.name)),
      ...(message === undefined ? [] : messageFaults([...path, 'message'], message)),
      ...(report === undefined ? [] : recordFaults([...path, 'report'], report)),
      ...(bert === undefined ? [] : recordFaults([...path, 'bert'], bert)),
      ...(wait === undefined ? [] : waitFaults([...path, 'wait'], wait))
    ]
  }
}

const bad = (path: Path, rule: FaultRule, says: string): readonly Fault[] => [{ path, at: 'value', rule, says }]

/** Longer than any timer that is modelled, and short enough to be computed. */
const LONGEST_NS = 24 * 3600e9

function waitFaults(path: Path, wait: string): readonly Fault[] {
  const ns = durationOf(wait)
  if (!Number.isInteger(ns)) return bad(path, 'wait', `${wait} is no whole number of nanoseconds`)
  if (ns === 0) return bad(path, 'wait', 'no time passes')
  return ns > LONGEST_NS
    ? bad(path, 'wait', `${wait} is more than the ${LONGEST_NS / 3600e9} h that a step may wait`)
    : []
}

/** A record is its bytes, or is made of what is said of it. */
function recordFaults(path: Path, record: NonNullable<StepFile['report'] | StepFile['bert']>): readonly Fault[] {
  const { bytes } = record
  if (bytes === undefined) return []
  const others = OF_WORDS.filter((name) => Object.hasOwn(record, name))
  return [
    ...(isHalfAByte(bytes) ? bad([...path, 'bytes'], 'record', 'ends in the middle of a byte') : []),
    ...others.flatMap((name) =>
      bad([...path, name], 'record', 'means nothing beside bytes, which are the whole record')
    )
  ]
}
const OF_WORDS = ['severity', 'threshold', 'task', 'vmm', 'hostPhysical'] as const
const isHalfAByte = (hex: string) => hex.replaceAll(/\s/g, '').length % 2 === 1

/** A message as its receiver would take it: of a type it knows, with the data of that type. */
function messageFaults(path: Path, { to, type, data = {} }: NonNullable<StepFile['message']>): readonly Fault[] {
  const accepts = ACCEPTS[to as Layer]
  const row = accepts.find((one) => one.type === type)
  if (row === undefined) {
    const known = accepts.map((one) => one.type)
    return unknownName([...path, 'type'], 'value', `message to ${to}`, type, known)
  }
  const parsed = wire(row.data).parse(data)
  const error = 'error' in parsed ? parsed.error : unknownGiven(row, data)
  if (error === undefined) return []
  const { code, field, detail } = error
  const at = code === 'field-unknown' ? 'key' : 'value'
  return [{ path: [...path, 'data', ...field.split('/').slice(1).map(index)], at, rule: 'message', says: detail }]
}

/** Part of a JSON pointer: of a list its index. */
const index = (part: string): string | number => (/^\d+$/.test(part) ? Number(part) : part)
