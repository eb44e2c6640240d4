import type { Profile, ProfileName } from '../../services/vmm/profile.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'
import { fatesWith } from './fates.ts'

/** A field of a profile in words. */
type Words = { readonly [Field in Exclude<keyof Profile, 'summary'>]: (profile: Profile) => Fact }

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no')
const fact = (label: string, says: string): Fact => ({ label, says })

/** Every field, in the order in which an error meets them; a field without words does not compile. */
const WORDS: Words = {
  comm: ({ comm }) => fact('process', `is called ${comm}`),
  mceKill: ({ mceKill }) => fact('PR_MCE_KILL', mceKill),
  sigbus: ({ sigbus }) => fact('SIGBUS', sigbus === 'handler' ? 'has a handler' : 'default action: it dies'),
  workersBlockSigbus: ({ workersBlockSigbus }) => fact('workers block SIGBUS', yesOrNo(workersBlockSigbus)),
  onSigbus: ({ onSigbus }) => fact('on a memory error', ON_SIGBUS[onSigbus]),
  onSecondSignal: ({ onSecondSignal }) =>
    fact('second SIGBUS of a vCPU', onSecondSignal === 'count' ? 'keeps the first and counts' : 'dies of it'),
  onOtherSigbus: ({ onOtherSigbus }) =>
    fact('SIGBUS of another kind', onOtherSigbus === 're-raise' ? 'dies of it' : 'ignored'),
  death: ({ death }) => fact('how it dies', 'code' in death ? `exit(${death.code})` : `signal ${death.signal}`),
  asks: ({ asks }) =>
    fact('asks', asks === 'policy' ? 'a policy what the guest is told' : 'nobody: the guest is told nothing'),
  defaultPolicy: ({ defaultPolicy, asks }) =>
    fact('policy', asks === 'nobody' ? 'none' : (defaultPolicy ?? 'that of the policy service, morse unless set')),
  sources: (profile) => fact('error sources of the guest', sourcesOf(profile).join(', ') || 'none: it has no HEST'),
  oem: ({ oem }) => fact('ACPI tables', `are ${oem}'s`),
  ghesPresent: ({ ghesPresent }) => fact('guest can be told', GHES_PRESENT[ghesPresent]),
  newMachineTypes: ({ newMachineTypes }) => fact('machine types with a QMP source', yesOrNo(newMachineTypes)),
  record: ({ record }) => fact('record', record === 'extent' ? 'of the extent that is lost' : 'as QEMU writes it'),
  onUnacknowledged: ({ onUnacknowledged }) =>
    fact('last record not acknowledged', onUnacknowledged === 'retry' ? 'tries again later' : 'the VMM is over'),
  injectSeaBy: ({ injectSeaBy }) =>
    fact(
      'injects an SEA by',
      injectSeaBy === 'registers' ? 'the registers of an exception entry' : 'KVM_SET_VCPU_EVENTS'
    ),
  errorIntid: ({ errorIntid }) => fact('error device', errorIntid === undefined ? 'none' : `interrupt ${errorIntid}`),
  lists: ({ lists }) => fact('lost memory', lists === 'extent' ? 'is kept by extent (si_addr_lsb)' : 'is kept by page'),
  capabilities: ({ capabilities }) => fact('turns on', capabilities.join(', ') || 'no capability of KVM'),
  onUnknownExit: ({ onUnknownExit }) =>
    fact('unknown exit of KVM_RUN', onUnknownExit === 'stop' ? 'stops the VM' : 'panics'),
  onSystemReset: ({ onSystemReset }) =>
    fact('PSCI SYSTEM_RESET', onSystemReset === 'restart' ? 'starts the guest anew' : 'leaves the VM as it is'),
  canReset: ({ canReset }) => fact('can reset a VM', yesOrNo(canReset)),
  migration: ({ migration }) => fact('migration', MIGRATION[migration]),
  qmp: ({ qmp }) => fact('QMP', qmp === undefined ? 'has none' : `as QEMU ${qmp.major}.${qmp.minor}.${qmp.micro}`),
  qmpInject: ({ qmpInject }) => fact('QMP inject-ghes-v2-error', yesOrNo(qmpInject))
}

const ON_SIGBUS = {
  decide: 'asks what now',
  qemu: "QEMU's own rules first, then asks what now",
  exit: 'leaves at once',
  'default-action': 'is killed by the kernel'
} as const satisfies Record<Profile['onSigbus'], string>
const GHES_PRESENT = {
  always: 'always',
  configured: 'once RAS is configured',
  'written-back': 'once its firmware has said where the tables are'
} as const satisfies Record<Profile['ghesPresent'], string>
const MIGRATION = {
  guarded: 'refused while memory is known to be lost',
  unguarded: 'tried in any case',
  none: 'not there'
} as const satisfies Record<Profile['migration'], string>

const sourcesOf = ({ sources, newMachineTypes }: Profile): readonly string[] =>
  sources({ sei: false, newMachineType: newMachineTypes }).map(({ notify }, index) => `${index} ${notify}`)

/** What a VMM does with an error, from its profile, and what becomes of a few errors with it. */
export const VMM_PROFILES_EXPLAINED: Subject = {
  kind: 'profile',
  names: () => Object.keys(PROFILES),
  async explain(name) {
    const own = Object.keys(PROFILES).find((one) => folded(one) === folded(name)) as ProfileName | undefined
    if (own === undefined) return []
    const profile = PROFILES[own]
    const fates = await fatesWith({ vmm: own })
    const facts: Fact[] = [
      { label: 'what becomes', says: fates.map(({ title, sentence }) => `${title}: ${sentence}`) },
      ...Object.values(WORDS).map((words) => words(profile))
    ]
    const data = { ...profile, sources: sourcesOf(profile), fates }
    const told: Explanation = { kind: 'profile', name: own, title: profile.summary, facts, data }
    return [told]
  }
}
