import type { RasRecord } from '../../shared/contracts/common.ts'
import type { LineError } from './state.ts'

/** ERR<n>STATUS. */
export const ERR_STATUS = {
  AV: 1n << 31n,
  V: 1n << 30n,
  UE: 1n << 29n,
  OF: 1n << 27n,
  CE: 0b10n << 24n,
  DE: 1n << 23n
} as const
const UET_SHIFT = 20n
/** ERR<n>STATUS.UET, by how far the error has spread. */
const UET = { UC: 0n, UEU: 1n, UEO: 2n, UER: 3n } as const

/** ERR<n>STATUS.SERR: the architecturally defined primary error code. */
const SERR = {
  /** Data value from external memory, for example an ECC error in SDRAM. */
  memory: 0x0cn,
  /** Data value from associative memory, for example ECC on cache data. */
  cache: 0x06n,
  /** Data value from a TLB. */
  tlb: 0x08n,
  /** Error response from a subordinate. */
  bus: 0x12n
} as const

/**
 * What the error record of the node holds once the error was detected: `consumed` when a PE read the bad data, `deferred`
 * when the node found it by itself (a patrol scrubber) and nobody has used it.
 *
 * Spec: Arm DDI 0587 (RAS System Architecture), ERR<n>STATUS, ERR<n>ADDR.
 * Fidelity: approximates. IERR, ER, PN and the MISC registers stay 0; one record per error, none is ever lost.
 */
export function rasRecord(error: LineError, how: 'consumed' | 'deferred'): RasRecord {
  const { kind, severity, hostPhysical, containment, addressValid } = error
  let status = ERR_STATUS.V | SERR[kind]
  if (addressValid) status |= ERR_STATUS.AV
  if (error.overflow) status |= ERR_STATUS.OF
  if (containment === 'CE') status |= ERR_STATUS.CE
  else if (how === 'deferred') status |= ERR_STATUS.DE
  else status |= ERR_STATUS.UE | (UET[containment] << UET_SHIFT)
  return { status, ...(addressValid ? { hostPhysical } : {}), kind, severity }
}
