import type { Kernel, KernelState, Options, Platform, Sysctl } from './state.ts'
import { EMPTY_PAGE_SET } from '../../sparse/page-set.ts'
import { NO_THREADS } from './signal.ts'

/** A kernel that has booted on two CPUs with RAS, with the settings a Debian arm64 kernel starts with. */
const DEFAULT_OPTIONS: Options = {
  pageSize: 4096,
  cpus: 2,
  ras: true,
  sei: false,
  edacGhes: false,
  apeiSea: true,
  sdeInterface: true,
  memoryFailure: true,
  armErrorType: 'bitmask',
  sdei: false,
  hed: true,
  mappedGsis: [],
  syncWinner: 'kworker'
}

const DEFAULT_SYSCTL: Sysctl = {
  memory_failure_early_kill: 0,
  memory_failure_recovery: 1,
  enable_soft_offline: 1,
  panic_on_oops: 0,
  panic: 0,
  panic_on_unrecoverable_memory_failure: 0
}

export type KernelSetup = Partial<Omit<KernelState, 'options' | 'sysctl'>> & {
  readonly options?: Partial<Options>
  readonly sysctl?: Partial<Sysctl>
}

/** A kernel before GHES was probed: no process, nothing poisoned; RAM is 1 GiB at 1 GiB unless said otherwise. */
export function createKernel(setup: KernelSetup = {}): KernelState {
  const { options: chosen, sysctl, ...rest } = setup
  const options = { ...DEFAULT_OPTIONS, ...chosen }
  return {
    version: '6.1',
    options,
    sysctl: { ...DEFAULT_SYSCTL, ...sysctl },
    memory: [{ start: 0x4000_0000n, end: 0x8000_0000n }],
    frames: [],
    hest: 'absent',
    ghes: [],
    estatusCache: [],
    estatusSeqno: 0,
    ratelimit: { corrected: { begin: 0, printed: 0 }, uncorrected: { begin: 0, printed: 0 } },
    callsites: new Map(),
    // Until ghes_probe() has sized it.
    estatusPoolBytes: Number.MAX_SAFE_INTEGER,
    memoryFailureQueue: Array.from({ length: options.cpus }, () => []),
    lostRaces: new Set(),
    hwpoison: EMPTY_PAGE_SET,
    stillMapped: EMPTY_PAGE_SET,
    hardwareCorruptedPages: 0,
    processes: new Map(),
    queuedSigbus: NO_THREADS,
    taint: '',
    oopses: 0,
    panic: undefined,
    ...rest
  }
}

/** The working copy for one step. */
export function kernelOf(state: KernelState, platform: Platform): Kernel {
  return { ...state, platform }
}

/**
 * The state that a step has left behind. Field by field: an object from which `platform` was deleted would be slow to
 * copy for ever after.
 */
export function stateOf(k: Kernel): KernelState {
  return {
    version: k.version,
    options: k.options,
    sysctl: k.sysctl,
    memory: k.memory,
    frames: k.frames,
    hest: k.hest,
    ghes: k.ghes,
    estatusCache: k.estatusCache,
    estatusSeqno: k.estatusSeqno,
    ratelimit: k.ratelimit,
    callsites: k.callsites,
    estatusPoolBytes: k.estatusPoolBytes,
    memoryFailureQueue: k.memoryFailureQueue,
    lostRaces: k.lostRaces,
    hwpoison: k.hwpoison,
    stillMapped: k.stillMapped,
    hardwareCorruptedPages: k.hardwareCorruptedPages,
    processes: k.processes,
    queuedSigbus: k.queuedSigbus,
    taint: k.taint,
    oopses: k.oopses,
    panic: k.panic
  }
}
