import type { Notification } from '../../shared/contracts/common.ts'
import type { VMM_PROFILES } from '../../shared/contracts/vmm.ts'

/** The version that a VMM says it has. */
export interface QmpVersion {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

export type ProfileName = (typeof VMM_PROFILES)[number]

/** How the process of a VMM ends: by exit(), or by a signal of its own. */
export type ProcessEnd = { readonly code: number } | { readonly signal: number }

/** What the sources of a guest depend on. */
export interface SourceSetup {
  readonly sei: boolean
  readonly newMachineType: boolean
}

/** A source as a profile wants it, before it has a place in guest memory. */
export interface SourceSpec {
  readonly notify: Notification
  readonly pollIntervalMs?: number
}

/** How a VMM behaves where VMMs differ; one row of `PROFILES` is one VMM. */
export interface Profile {
  readonly summary: string
  /** Name of its process. */
  readonly comm: string
  /** Whether anybody is asked what a memory error means for the guest, and the built-in policy that says what it does itself. */
  readonly asks: 'policy' | 'nobody'
  readonly defaultPolicy: string | undefined

  /** What the VMM asks for with PR_MCE_KILL before it makes threads. */
  readonly mceKill: 'early' | 'late' | 'default'
  readonly sigbus: 'handler' | 'default'
  /** Threads that run no vCPU have SIGBUS blocked, so that a forced one kills. */
  readonly workersBlockSigbus: boolean
  /** What the handler does: decide (asking the policy), QEMU's own rules first, or leave at once; `default-action`: none. */
  readonly onSigbus: 'decide' | 'qemu' | 'exit' | 'default-action'
  /** A second SIGBUS while the slot of the vCPU thread is occupied: keep the first and count, or die of it. */
  readonly onSecondSignal: 'count' | 're-raise'
  /** SIGBUS that is no memory error report. */
  readonly onOtherSigbus: 're-raise' | 'ignore'
  /** How its process ends when it is to die of a memory error. */
  readonly death: ProcessEnd

  /** Error sources of the guest, in HEST order; none means that it has no HEST. */
  readonly sources: (setup: SourceSetup) => readonly SourceSpec[]
  /** Whose name is on the ACPI tables. */
  readonly oem: 'seabus' | 'qemu'
  /** When the guest counts as able to read records: always, once RAS is configured, or once its firmware has told where the tables are. */
  readonly ghesPresent: 'always' | 'configured' | 'written-back'
  /** Whether it has machine types whose HEST has a source for QMP. */
  readonly newMachineTypes: boolean
  /** The record as this VMM writes it. */
  readonly record: 'extent' | 'qemu'
  /** The record of an SEA finds the last one unacknowledged: try again later, or the VMM is over. */
  readonly onUnacknowledged: 'retry' | 'die'
  /** By KVM_SET_VCPU_EVENTS, which keeps the FAR of the fault, or by writing the registers of an exception entry. */
  readonly injectSeaBy: 'vcpu-events' | 'registers'
  /** Interrupt of the GED whose _EVT notifies the error device; undefined without one. */
  readonly errorIntid: number | undefined
  /** Lost memory is kept by extent (si_addr_lsb), or by the page that the signal names. */
  readonly lists: 'extent' | 'page'

  /** Capabilities of KVM that it turns on where the host has them. */
  readonly capabilities: readonly 'KVM_CAP_ARM_SEA_TO_USER'[]
  /** KVM_RUN came back for a reason this VMM does not know. */
  readonly onUnknownExit: 'stop' | 'panic'
  /** PSCI SYSTEM_RESET: the VMM starts the guest anew, or the VM is left as it is. */
  readonly onSystemReset: 'restart' | 'leave'
  readonly canReset: boolean
  /** Migration: refused while memory is poisoned, tried in any case, or not there. */
  readonly migration: 'guarded' | 'unguarded' | 'none'
  /** What it says it is to QMP; undefined for a VMM that has no such monitor. */
  readonly qmp: QmpVersion | undefined
  /** It has QMP inject-ghes-v2-error. */
  readonly qmpInject: boolean
}
