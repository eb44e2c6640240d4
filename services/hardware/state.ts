import type { Interrupted } from '../../shared/contracts/common.ts'
import type { ErrorInject } from '../../shared/contracts/hardware.ts'
import type { PageMap } from '../../shared/sparse/page-map.ts'

/** Bytes of physical memory that are poisoned together: a cache line. */
export const LINE_SIZE = 64n

/** RAM as [start, end) of host physical addresses. */
export interface RamRange {
  readonly start: bigint
  readonly end: bigint
}

/** Who takes external aborts and SErrors. */
export interface Routing {
  readonly scrEl3Ea: boolean
  readonly hcrEl2Tea: boolean
  readonly hcrEl2Amo: boolean
}

/** The error in one line of memory. */
export interface LineError {
  /** First address of the line. */
  readonly hostPhysical: bigint
  readonly kind: ErrorInject['kind']
  /** How consuming it surfaces. */
  readonly signalled: 'SEA' | 'SError'
  readonly containment: ErrorInject['containment']
  readonly severity: ErrorInject['severity']
  readonly addressValid: boolean
  /** A store to the line raises nothing; the node records a deferred error. */
  readonly storesDefer: boolean
  /** A further error was detected in the same line. */
  readonly overflow: boolean
  /** ESR_ELx.ISS of the SError, where it is not what the containment says. */
  readonly iss?: bigint
  /** A corrected error that is taken as an SError all the same. */
  readonly reportsCorrected?: boolean
  /** Id of the message that planted it; absent in what an older version planted. */
  readonly plantedBy?: string
}

/** The lines of one page that hold an error, by address. */
export interface ErrorPage {
  readonly lines: readonly LineError[]
}

/**
 * The access a vCPU or thread has under way: executed, not yet completed. `raised` says what its last execution ended in,
 * `takes` how often in a row it was that; while `spinning`, the next time is set by a timer.
 */
export interface Context {
  readonly access: Interrupted
  readonly raised: string | undefined
  readonly spinning: boolean
  /** It has been noted that it spins. */
  readonly isTold: boolean
  readonly takes: number
  /** When it was taken for the first and for the last time. */
  readonly since: number
  readonly last: number
}

/** One machine as the hardware layer knows it. */
export interface HardwareState {
  readonly ram: readonly RamRange[]
  readonly routing: Routing
  readonly errors: PageMap<ErrorPage>
  readonly poisonedLines: number
  /** Lines with an error that can be corrected; absent while there is none. */
  readonly correctedLines?: number
  /** By VM: what is added to an IPA to give the host physical address, for each mapped page. */
  readonly stage2: Readonly<Record<string, PageMap<bigint>>>
  /** By `contextKey`. */
  readonly contexts: Readonly<Record<string, Context>>
}

const DEFAULT_RAM: readonly RamRange[] = [
  { start: 0x4000_0000n, end: 0x8000_0000n },
  { start: 0x1800_0000n, end: 0x2000_0000n }
]

/** A machine that was just powered on: firmware first, no errors, nothing mapped. */
export function initialHardware(): HardwareState {
  return {
    ram: DEFAULT_RAM,
    routing: { scrEl3Ea: true, hcrEl2Tea: true, hcrEl2Amo: true },
    errors: undefined,
    poisonedLines: 0,
    stage2: {},
    contexts: {}
  }
}

/** A vCPU of a VM, or a thread of a host process. */
export interface Who {
  readonly vm?: string
  readonly vcpu?: number
  readonly pid?: number
  readonly tid?: number
}

/** Names whoever runs; undefined when neither a vCPU nor a process is named. */
export function contextKey(who: Who): string | undefined {
  if (who.vm !== undefined) return who.vcpu === undefined ? undefined : `${who.vm}/vcpu${who.vcpu}`
  return who.pid === undefined ? undefined : `pid${who.pid}/${who.tid ?? who.pid}`
}

/** Whether an address is RAM of the machine. */
export function isRam(state: HardwareState, hostPhysical: bigint): boolean {
  return state.ram.some(({ start, end }) => hostPhysical >= start && hostPhysical < end)
}
