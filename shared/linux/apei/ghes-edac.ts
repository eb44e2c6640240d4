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
import { printk, trace } from '../kernel/printk.ts'
import { mcEventText } from '../ras/ras-event.ts'

/** enum hw_event_mc_err_type by GHES severity. */
const HW_EVENT_ERR: Readonly<Record<GhesSeverity, number>> = {
  [GHES_SEV.no]: 4,
  [GHES_SEV.corrected]: 0,
  [GHES_SEV.recoverable]: 1,
  [GHES_SEV.panic]: 3
}
const U64 = 0xffffffff_ffffffffn

/** ~mask + 1 in 64 bits; 1 without a mask. */
const grainOf = (mask: bigint | undefined): bigint => (mask === undefined ? 1n : (~mask + 1n) & U64)
const UNKNOWN_LABEL = 'unknown label'

/** fls_long(grain - 1): how many bits the grain takes. */
function grainBits(mask: bigint | undefined): number {
  const grain = grainOf(mask)
  const below = (grain - 1n) & U64
  return below === 0n ? 0 : below.toString(2).length
}

/**
 * ghes_edac_report_mem_error(): the severity of the block decides the type, not that of the section. A tracepoint, then
 * a line in the log.
 *
 * Spec: Linux 6.1.192, drivers/edac/ghes_edac.c, ghes_edac_report_mem_error (CONFIG_EDAC_GHES);
 * drivers/edac/edac_mc.c, edac_raw_mc_handle_error, edac_ce_error, edac_ue_error.
 * Fidelity: approximates: no DIMM is ever found, since there is no SMBIOS; of the driver detail only location and status
 * are there; omits the lines of the driver's registration and the counters.
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
  const type = HW_EVENT_ERR[blockSeverity]
  const message = errorType === undefined ? 'unknown error' : cperMemErrTypeString(errorType)
  const address = physicalAddress ?? 0n
  const detail = `APEI location: ${location}${status}`.trimEnd()
  const text = mcEventText({
    type,
    message,
    label: UNKNOWN_LABEL,
    address,
    grainBits: grainBits(physicalAddressMask),
    syndrome: 0n,
    detail
  })
  trace(k, ctx, 'mc_event', text)

  const pageSize = BigInt(k.options.pageSize)
  const where = `${location} page:${hex(address / pageSize)} offset:${hex(address % pageSize)} grain:${grainOf(physicalAddressMask)}`
  const isCorrected = type === HW_EVENT_ERR[GHES_SEV.corrected]
  printk(
    k,
    `EDAC MC0: 1 ${isCorrected ? 'CE' : 'UE'} ${message} on ${UNKNOWN_LABEL} ` +
      `(${where}${isCorrected ? ' syndrome:0x0' : ''} - ${detail})`
  )
}
