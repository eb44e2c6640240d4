import type { FRAME_KINDS } from '../../contracts/host-kernel.ts'
import type { PageSet } from '../../sparse/page-set.ts'
import type { Version } from '../profile.ts'

/**
 * The state of one Linux kernel as far as hardware errors go. The host kernel and the guest kernel are both this;
 * they differ in what they are given. The kernel functions beside this file take a `Kernel`, a working copy for the
 * length of one step: its fields may be assigned, the values in them are never changed in place.
 */
export interface KernelState {
  readonly version: Version
  readonly options: Options
  readonly sysctl: Sysctl
  /** System RAM, ascending, `[start, end)`; what is not in here has no struct page. */
  readonly memory: readonly PhysicalRange[]
  /** Frames that are not ordinary: first match wins, then the VMAs, then "free buddy page". */
  readonly frames: readonly FrameRange[]
  readonly hest: 'absent' | 'enabled' | 'disabled'
  /** Probed sources, in HEST order; refused ones stay listed with the reason and are never read. */
  readonly ghes: readonly Ghes[]
  readonly estatusCache: readonly CachedEstatus[]
  /** Reports printed, as the counter N in `{N}[Hardware Error]`. */
  readonly estatusSeqno: number
  /** Start of the window (ns) and reports printed in it, for corrected-or-lower and for uncorrected. */
  readonly ratelimit: { readonly corrected: Ratelimit; readonly uncorrected: Ratelimit }
  /** Windows of the `pr_warn_ratelimited()` calls that have been reached, by function and place. */
  readonly callsites: ReadonlyMap<string, Ratelimit>
  /** Bytes of ghes_estatus_pool, which grows with the GHES entries of the HEST, enabled or not. */
  readonly estatusPoolBytes: number
  /** memory_failure_queue(): FIFO per CPU of at most 16. */
  readonly memoryFailureQueue: readonly (readonly QueuedFailure[])[]
  /** Threads that the kworker has beaten to memory_failure() of a frame, as `tid pfn`. */
  readonly lostRaces: ReadonlySet<string>
  readonly hwpoison: PageSet
  /** Poisoned pages that stay mapped and usable (KSM on 6.1, failed unmapping, unhandlable pages). */
  readonly stillMapped: PageSet
  readonly hardwareCorruptedPages: number
  readonly processes: ReadonlyMap<number, Process>
  /** Threads with a SIGBUS in their queue that its handler gets when they return to user mode, by tid. */
  readonly queuedSigbus: ReadonlySet<number>
  /** Taint letters, e.g. `MD`. */
  readonly taint: string
  readonly oopses: number
  /** Text after `Kernel panic - not syncing: `, once it has panicked. */
  readonly panic: string | undefined
}

/** The working copy the kernel functions get: a KernelState whose fields may be assigned, and the outside. */
export type Kernel = { -readonly [Field in keyof KernelState]: KernelState[Field] } & { readonly platform: Platform }

/** What a kernel asks of the machine it runs on. */
export interface Platform {
  /** sched_clock, in ns. */
  readonly now: number
  /** Physical memory as this kernel maps it; undefined when nothing answers there. */
  readPhysical(address: bigint, length: number): Uint8Array | undefined
  writePhysical(address: bigint, bytes: Uint8Array): void
  /** MMU notifier: the translations of this range of a process are gone; KVM takes them out of stage 2. */
  invalidate(pid: number, virtual: bigint, length: bigint): void
  /** A signal was delivered to (or made pending on) a thread. */
  signal(delivery: SignalDelivery): void
  /** Something an engineer would see or trace: for the journal only. */
  event(event: KernelEvent): void
}

export interface Options {
  /** Page size in bytes: 4096, 16384 or 65536. */
  readonly pageSize: number
  readonly cpus: number
  /** FEAT_RAS present on the CPUs. */
  readonly ras: boolean
  /** A patch that was never merged: GHES sources of type SEI, asked from the SError handler (story S25). */
  readonly sei: boolean
  /** CONFIG_EDAC_GHES. */
  readonly edacGhes: boolean
  /** CONFIG_ACPI_APEI_SEA. */
  readonly apeiSea: boolean
  /** CONFIG_ARM_SDE_INTERFACE. */
  readonly sdeInterface: boolean
  /** CONFIG_MEMORY_FAILURE, and CONFIG_ACPI_APEI_MEMORY_FAILURE with it. */
  readonly memoryFailure: boolean
  /** Meaning of the ARM error-information type byte; `profile.ts` has the default of a version. */
  readonly armErrorType: 'bitmask' | 'enumeration'
  /** SDEI firmware answers. */
  readonly sdei: boolean
  /** A PNP0C33 device exists, so that a GED interrupt reaches the HED notifier list. */
  readonly hed: boolean
  /** GSIs that some driver has mapped; a source of type External needs its own in here. */
  readonly mappedGsis: readonly number[]
  /** Who runs memory_failure() first for a synchronous record, where the version races: the first time it does. */
  readonly syncWinner: 'kworker' | 'task'
}

export interface Sysctl {
  readonly memory_failure_early_kill: 0 | 1
  readonly memory_failure_recovery: 0 | 1
  readonly enable_soft_offline: 0 | 1
  readonly panic_on_oops: 0 | 1
  /** Seconds until reboot after a panic; 0 stays. */
  readonly panic: number
  readonly panic_on_unrecoverable_memory_failure: 0 | 1
}

export interface PhysicalRange {
  readonly start: bigint
  readonly end: bigint
}

export type FrameKind = (typeof FRAME_KINDS)[number]
export interface FrameRange extends PhysicalRange {
  readonly kind: FrameKind
}

/** One error source after ghes_probe(). */
export interface Ghes {
  readonly sourceId: number
  /** 9 GHES, 10 GHESv2. */
  readonly type: 9 | 10
  readonly notify: number
  readonly vector: number
  readonly pollIntervalMs: number
  readonly errorStatusAddress: GenericAddress
  /** Clamped to 65536. */
  readonly errorBlockLength: number
  readonly readAck?: { readonly register: GenericAddress; readonly preserve: bigint; readonly write: bigint }
  readonly state: 'armed' | 'refused'
  /** Kernel log line that says why it was refused. */
  readonly reason?: string
  /** 7.x: block address read once at probe. */
  readonly mappedBlock?: bigint
}
export interface GenericAddress {
  readonly space: number
  readonly bitWidth: number
  readonly bitOffset: number
  readonly accessSize: number
  readonly address: bigint
}

export interface CachedEstatus {
  readonly block: Uint8Array
  readonly count: number
  readonly timeIn: number
}
export interface Ratelimit {
  readonly begin: number
  readonly printed: number
  /** Suppressed since the last window that printed; absent is none. */
  readonly missed?: number
}
export interface QueuedFailure {
  readonly pfn: bigint
  readonly flags: number
}

/** A process: an mm and its threads. */
export interface Process {
  readonly pid: number
  readonly comm: string
  readonly vmas: readonly Vma[]
  /** Leader first. */
  readonly threads: readonly Thread[]
  readonly state: 'running' | 'dead'
  /** Signal that killed it, or 0 for exit. */
  readonly exitSignal?: number
}

export interface Thread {
  readonly tid: number
  readonly mceKill: 'early' | 'late' | 'default'
  readonly sigbus: { readonly action: 'handler' | 'default' | 'ignore'; readonly blocked: boolean }
  /** A blocked SIGBUS. At most one can be pending; a second one is lost with its siginfo. */
  readonly pending: Siginfo | undefined
}

export type Backing =
  | 'anonymous'
  | 'thp'
  | 'shmem'
  | 'file'
  | 'ksm'
  | 'swap-cache'
  | 'hugetlb-64k'
  | 'hugetlb-2m'
  | 'hugetlb-32m'
  | 'hugetlb-1g'
  | 'hugetlb-shared-2m'
  | 'hugetlb-shared-1g'
  | 'pfnmap'
  | 'dax'

/** Virtually and physically contiguous part of an address space. */
export interface Vma {
  readonly virtual: bigint
  readonly physical: bigint
  readonly length: bigint
  readonly backing: Backing
  /** Written since it was mapped; a clean page is dropped or reread without a signal. */
  readonly dirty: boolean
  readonly mlocked: boolean
  /** Extra references on the pages (O_DIRECT, pinned): unmapped but not dropped. */
  readonly pinned: boolean
  /** try_to_unmap() leaves the pages mapped: what the races do that the model does not have. */
  readonly unmapFails?: boolean
}

/** Fields of siginfo_t that a memory error uses; `shared/formats/siginfo.ts` makes the 128 bytes. */
export interface Siginfo {
  readonly signo: number
  readonly code: number
  readonly address?: bigint
  readonly addressLsb?: number
}

export interface SignalDelivery {
  readonly pid: number
  readonly tid: number
  readonly info: Siginfo
  readonly forced: boolean
  /** What became of it. */
  readonly effect: 'handler' | 'pending' | 'ignored' | 'lost' | 'killed'
  /** Kernel function it came from, e.g. `memory_failure`, `do_sea`, `do_page_fault`, `kvm_send_hwpoison_signal`. */
  readonly origin: string
}

export type KernelEvent =
  /** One dmesg line without its timestamp. */
  | { readonly type: 'printk'; readonly text: string }
  /** One trace line: event name and its text form. `comm`/`pid` name the task it ran in. */
  | {
      readonly type: 'trace'
      readonly event: string
      readonly text: string
      readonly comm: string
      readonly pid: number
    }
  /** A step of the error path that leaves no line in Linux but matters to a reader of the journal. */
  | { readonly type: 'step'; readonly name: string; readonly data: Readonly<Record<string, unknown>> }

/** In whose context kernel code runs: a task in user or kernel mode, or a kworker (no mm). */
export interface Context {
  readonly pid: number | undefined
  readonly tid: number | undefined
  readonly comm: string
  readonly cpu: number
}
export const KWORKER: Context = { pid: undefined, tid: undefined, comm: 'kworker', cpu: 0 }
