import type { Overrides } from './plan.ts'
import type { ScenarioFile } from './schema.ts'
import type { VmFile } from './schema-actors.ts'
import type { PoisonFile } from './schema-step.ts'
import { vmsOf } from './vary.ts'

/** What a file says of something that a run may change, defaults filled in: one value for each place where it says so. */
type Own = (file: ScenarioFile) => readonly unknown[]

const ofVms =
  (value: (vm: VmFile) => unknown): Own =>
  (file) =>
    vmsOf(file, file.vms).map(value)
const ofPoisons =
  (value: (poison: PoisonFile) => unknown): Own =>
  ({ steps }) =>
    steps.flatMap(({ poison }) => (poison === undefined ? [] : [value(typeof poison === 'string' ? {} : poison)]))

const LINUX = '6.1'
const ASKING = 'reference'
/** Who decides for the VMM that asks, where neither file nor run says who. */
export const USUAL_POLICY = 'morse'
const ITS_OWN = "its VMM's own"

const WHAT: { readonly [Name in keyof Overrides]-?: { readonly name: string; readonly own: Own } } = {
  policy: {
    name: 'policy',
    own: ofVms(({ policy, profile = ASKING }) => policy ?? (profile === ASKING ? USUAL_POLICY : ITS_OWN))
  },
  vmm: { name: 'VMM', own: ofVms(({ profile = ASKING }) => profile) },
  linux: {
    name: 'Linux',
    own: (file) => [String(file.machine?.linux ?? LINUX), ...ofVms(({ guest }) => String(guest?.linux ?? LINUX))(file)]
  },
  exposeException: { name: 'exposeException', own: ofVms(({ exposeException = false }) => exposeException) },
  sei: { name: 'SEI patch in the guest', own: ofVms(({ guest }) => guest?.sei ?? false) },
  exception: { name: 'exception', own: ofPoisons(({ exception = 'SError' }) => exception) },
  addressValid: { name: 'address in the record', own: ofPoisons(({ address = true }) => address) },
  notify: { name: 'notification', own: ({ machine }) => [machine?.notify?.recoverable ?? 'GSIV'] }
}

/**
 * What a run changes about its file, e.g. `policy sei in place of morse`; nothing where it asks for what the file has
 * anyway. What a file expects it expects of a run that changes nothing.
 */
export function changesOf(file: ScenarioFile, overrides: Overrides): readonly string[] {
  return (Object.keys(WHAT) as (keyof Overrides)[]).flatMap((field) => {
    const wanted = overrides[field]
    const { name, own } = WHAT[field]
    const others = new Set(own(file).filter((value) => value !== wanted))
    if (wanted === undefined || others.size === 0) return []
    return [`${name} ${String(wanted)} in place of ${[...others].map(String).join(' and ')}`]
  })
}
