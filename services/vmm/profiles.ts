import type { Decision, Question } from '../../shared/contracts/policy.ts'
import type { VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { REFERENCE_SOURCES, type SourceSpec } from './error-sources.ts'

export type ProfileName = (typeof VMM_PROFILES)[number]

/** How a VMM behaves where VMMs differ; one row of `PROFILES` is one VMM. */
export interface Profile {
  readonly summary: string
  /** What the VMM asks for with PR_MCE_KILL before it makes threads. */
  readonly mceKill: 'early' | 'late' | 'default'
  readonly sigbus: 'handler' | 'default'
  /** A second SIGBUS while the slot of the vCPU thread is occupied: keep the first and count, or die. */
  readonly onSecondSignal: 'count' | 'die'
  /** SIGBUS that is no memory error report. */
  readonly onOtherSigbus: 'die' | 'ignore'
  /** The record of an SEA finds the last one unacknowledged: try again later, or die. */
  readonly onUnacknowledged: 'retry' | 'die'
  readonly ackRetryNs: number
  readonly ackRetries: number
  /** The same action required signal so often in a row, without the guest getting on, is a livelock. */
  readonly sameSignalLimit: number
  /** The VMM decides by itself; undefined: it asks the policy. */
  readonly ownDecision: ((question: Question) => Decision) | undefined
  readonly policyDeadlineMs: number
  /** KVM pends the exception (KVM_SET_VCPU_EVENTS), which keeps the FAR of the fault. */
  readonly injectSeaBy: 'vcpu-events'
  /** Error sources of the guest, in HEST order. */
  readonly sources: (guest: { readonly sei: boolean }) => readonly SourceSpec[]
  /** Interrupt of the GED whose _EVT notifies the error device. */
  readonly errorIntid: number
}

/**
 * Spec: QEMU 10.2 hw/arm/virt.c (GED on SPI 9, INTID 41), system/cpus.c qemu_init_sigbus (early kill).
 * Fidelity: approximates. `reference` is ours: QEMU's memory layout and opt-in, patience where QEMU dies, and a policy
 * where QEMU has its mind made up.
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  reference: {
    summary: 'asks a policy, waits for acknowledgements, never dies of a second signal',
    mceKill: 'early',
    sigbus: 'handler',
    onSecondSignal: 'count',
    onOtherSigbus: 'die',
    onUnacknowledged: 'retry',
    ackRetryNs: 1_000_000,
    ackRetries: 100,
    sameSignalLimit: 16,
    ownDecision: undefined,
    policyDeadlineMs: 500,
    injectSeaBy: 'vcpu-events',
    sources: REFERENCE_SOURCES,
    errorIntid: 41
  }
}
