import { hex } from '../../formats/hex.ts'
import {
  cperDimmErrLocation,
  cperMemErrLocation,
  cperMemErrStatusString,
  cperMemErrTypeString,
  memErrOf
} from '../cper/cper-mem-err.ts'
import type { Estatus, EstatusSection } from '../cper/estatus.ts'
import { GHES_SEV, type GhesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { trace } from '../kernel/printk.ts'
import { mcEventText } from '../ras/ras-event.ts'

/** enum hw_event_mc_err_type by GHES severity. */
const HW_EVENT_ERR: Readonly<Record<GhesSeverity, number>> = {
  [GHES_SEV.no]: 4,
  [GHES_SEV.corrected]: 0,
  [GHES_SEV.recoverable]: 1,
  [GHES_SEV.panic]: 3
}
const U64 = 0xffffffff_ffffffffn

/** fls_long(grain - 1): how many bits the grain takes. */
function grainBits(mask: bigint | undefined): number {
  const grain = mask === undefined ? 1n : (~mask + 1n) & U64
  const below = (grain - 1n) & U64
  return below === 0n ? 0 : below.toString(2).length
}

/**
 * ghes_edac_report_mem_error(): the severity of the block decides the type, not that of the section.
 *
 * Spec: Linux 6.1.192, drivers/edac/ghes_edac.c, ghes_edac_report_mem_error (CONFIG_EDAC_GHES).
 * Fidelity: approximates: no DIMM is ever found; of the driver detail only location and status are there; omits the
 * EDAC lines in the log and the counters.
 */
export function ghesEdacReportMemError(
  k: Kernel,
  estatus: Estatus,
  section: EstatusSection,
  blockSeverity: GhesSeverity,
  ctx: Context
): void {
  const mem = memErrOf(estatus, section)
  const { errorStatus, errorType, physicalAddress, physicalAddressMask } = mem
  const location = (cperMemErrLocation(mem) + cperDimmErrLocation(mem)).trimEnd()
  const status =
    errorStatus === undefined ? '' : ` status(${hex(errorStatus, 16)}): ${cperMemErrStatusString(errorStatus)}`
  const text = mcEventText({
    type: HW_EVENT_ERR[blockSeverity],
    message: errorType === undefined ? 'unknown error' : cperMemErrTypeString(errorType),
    label: 'unknown label',
    address: physicalAddress ?? 0n,
    grainBits: grainBits(physicalAddressMask),
    syndrome: 0n,
    detail: `APEI location: ${location}${status}`.trimEnd()
  })
  trace(k, ctx, 'mc_event', text)
}
