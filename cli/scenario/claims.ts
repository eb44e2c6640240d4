import type { Verdict } from '../../shared/trace/verdict.ts'
import type { Column } from './matrix-runs.ts'

/** Ways to tell a guest that the thread argued about, and VMMs that do what they do. */
export const COLUMNS = {
  morse: { vmm: 'reference', policy: 'morse' },
  mirror: { vmm: 'reference', policy: 'mirror', sees: true },
  sei: { vmm: 'reference', policy: 'sei' },
  interrupt: { vmm: 'reference', policy: 'interrupt' },
  poll: { vmm: 'reference', policy: 'poll' },
  qemu: { vmm: 'qemu-10.2', policy: 'qemu' },
  kvmtool: { vmm: 'kvmtool', policy: undefined },
  seaExit: { vmm: 'sea-exit', policy: 'sea-exit' }
} as const satisfies Readonly<Record<string, Column>>
export type ColumnName = keyof typeof COLUMNS

/** The cell that a scenario ended in under a column. */
export type Lookup = (scenario: string, column: ColumnName) => Verdict

/** A claim of the thread, the scenarios that try it, and what they must show for it to hold. */
export interface Claim {
  readonly side: 'James Morse' | 'gengdongjiu'
  readonly claim: string
  readonly scenarios: readonly string[]
  readonly columns: readonly ColumnName[]
  readonly holds: (cell: Lookup) => boolean
  /** What the table means, whichever way it came out. */
  readonly reading: string
}

const STORY = '01-story'
const HOST_TOLD = [
  '01-story',
  '25-host-told-by-sea',
  '26-host-told-by-polling',
  '27-host-told-by-sdei',
  '28-hardware-raises-sea'
]
const MIRROR = '31-mirror'
const SEEN = [STORY, MIRROR, '28-hardware-raises-sea', '14-masked-serror', 'guest-single', 'guest-copyin']
const isSurvived = (cell: Verdict) => cell === 'recovered' || cell === 'process killed'

/**
 * Spec: linux-arm-kernel, "[PATCH v6 6/7] KVM: arm64: allow get exception information from userspace", September 2017;
 * kvm-arm, April and December 2017; linux-doc, July 2017.
 * Fidelity: approximates. Claims are restated in a sentence each.
 */
export const CLAIMS: readonly Claim[] = [
  {
    side: 'James Morse',
    claim: 'A consumed error can be told to the guest as an SEA, and only the task that consumed it dies.',
    scenarios: [STORY, '06-two-vcpus-one-page', '03-hugetlb-2m'],
    columns: ['morse', 'qemu', 'kvmtool'],
    holds: (cell) => [STORY, '06-two-vcpus-one-page', '03-hugetlb-2m'].every((s) => isSurvived(cell(s, 'morse'))),
    reading: 'A VMM without a SIGBUS handler loses the VM where the others lose a task.'
  },
  {
    side: 'James Morse',
    claim: 'How firmware told the host, and what the CPU raised, does not matter for how the guest should be told.',
    scenarios: HOST_TOLD,
    columns: ['morse', 'qemu'],
    holds: (cell) => HOST_TOLD.every((s) => cell(s, 'morse') === cell(STORY, 'morse')),
    reading:
      'SError or SEA, interrupt, SEA, SDEI or polling: memory_failure() is called for the same page, and the guest ends alike.'
  },
  {
    side: 'James Morse',
    claim: 'Action optional is optional: a VMM that tells its guest nothing of it is as well off.',
    scenarios: [STORY, 'guest-patrol'],
    columns: ['morse', 'qemu'],
    holds: (cell) => [STORY, 'guest-patrol'].every((s) => cell(s, 'morse') === cell(s, 'qemu')),
    reading: 'QEMU keeps the AO to itself; the guest learns of the page when it touches it.'
  },
  {
    side: 'James Morse',
    claim: 'An SError can be masked, and then the guest runs the same instruction for ever; an SEA cannot.',
    scenarios: ['14-masked-serror'],
    columns: ['morse', 'sei', 'mirror'],
    holds: (cell) => cell('14-masked-serror', 'sei') === 'livelock' && isSurvived(cell('14-masked-serror', 'morse')),
    reading: 'The SError pends, the page stays unmapped, and nothing moves.'
  },
  {
    side: 'James Morse',
    claim: 'A VMM needs no more than siginfo: a policy that also sees the exception gets nowhere better.',
    scenarios: SEEN,
    columns: ['morse', 'mirror'],
    holds: (cell) => SEEN.every((s) => isSurvived(cell(s, 'morse')) || !isSurvived(cell(s, 'mirror'))),
    reading:
      'Where the hardware raised an SEA the two are the same; where it raised an SError, seeing it made things worse. A test holds this over all scenarios.'
  },
  {
    side: 'James Morse',
    claim: 'What would a process that is no VMM do? The same: it gets a signal for the page it touched.',
    scenarios: ['native-single', 'guest-single', 'native-share', 'guest-share'],
    columns: ['morse'],
    holds: (cell) =>
      cell('native-single', 'morse') === cell('guest-single', 'morse') &&
      cell('native-share', 'morse') === cell('guest-share', 'morse'),
    reading: 'The cases of einj_mem_uc end alike on the host and inside a guest.'
  },
  {
    side: 'gengdongjiu',
    claim: 'The guest should be told by the kind of exception the hardware raised: SEA for SEA, SEI for SError.',
    scenarios: [MIRROR, STORY, '28-hardware-raises-sea'],
    columns: ['mirror', 'morse'],
    holds: (cell) => isSurvived(cell(MIRROR, 'mirror')),
    reading:
      'A mainline guest judges an SError by its syndrome alone and panics, although the error was contained and had an address. With a mainline host the policy has nothing to mirror and does as morse does.'
  },
  {
    side: 'gengdongjiu',
    claim: 'A guest with support for SEI recovers from an SError that comes with a record.',
    scenarios: ['29-sei-patched-guest', '02-counter-example'],
    columns: ['sei'],
    holds: (cell) => isSurvived(cell('29-sei-patched-guest', 'sei')),
    reading:
      'With the patch in the guest it does; without it the same fault is the counter-example. The patch was never merged.'
  },
  {
    side: 'gengdongjiu',
    claim: 'Without an address there is no SIGBUS, so somebody else has to tell the guest.',
    scenarios: ['11-no-address'],
    columns: ['morse', 'mirror', 'sei', 'qemu'],
    holds: (cell) => !isSurvived(cell('11-no-address', 'morse')) && !isSurvived(cell('11-no-address', 'sei')),
    reading:
      'No policy is even asked: the host has no page to isolate and no signal to send, and the access raises its SError for ever.'
  },
  {
    side: 'gengdongjiu',
    claim: 'When the host does not claim the error, the VMM should hear of the exception.',
    scenarios: ['19-host-cannot-claim', '20-host-cannot-claim-sea-exit'],
    columns: ['morse', 'qemu', 'seaExit'],
    holds: (cell) =>
      isSurvived(cell('20-host-cannot-claim-sea-exit', 'seaExit')) &&
      !isSurvived(cell('20-host-cannot-claim-sea-exit', 'morse')),
    reading:
      'Eight years later this became KVM_EXIT_ARM_SEA: on a 7.3 host a VMM that asks for it saves its guest; on a 6.1 host nobody can.'
  }
]
