import { ghesUnmodelled, traceLost } from '../../contracts/notes/kernel-steps-apei.ts'
import { ERROR_DATA_ENTRY_HEADER } from '../../formats/error-data-entry.ts'
import { encodeGuid, NIL_GUID, SECTION_TYPE } from '../../formats/guid.ts'
import type { Estatus, EstatusSection } from '../cper/estatus.ts'
import { ghesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { stepEvent, trace } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { fitsTraceBuffer, nonStandardEventText } from './ras-event.ts'

const FRU_TEXT_SIZE = 20

/** FRU of the last section that named one: it stays for the sections behind it that name none. */
export interface Fru {
  readonly id: string
  readonly text: string
}
export const NO_FRU: Fru = { id: NIL_GUID, text: '' }

/** The text is read up to its NUL, even when that lies behind its 20 bytes. */
function fruText({ bytes }: Estatus, { entry, at }: EstatusSection): string | undefined {
  if (entry.fruText === undefined || entry.fruText.length < FRU_TEXT_SIZE) return entry.fruText
  let text = entry.fruText
  for (let i = at + ERROR_DATA_ENTRY_HEADER.short; (bytes[i] ?? 0) !== 0; i++)
    text += String.fromCharCode(bytes[i] ?? 0)
  return text
}

/** The FRU that holds from this section on. */
export function fruAfter(fru: Fru, estatus: Estatus, section: EstatusSection): Fru {
  const { fruId } = section.entry
  const text = fruText(estatus, section)
  if (fruId === undefined && text === undefined) return fru
  return { id: fruId ?? fru.id, text: text ?? fru.text }
}

/** Sections that newer kernels hand to the CXL driver, and since which change. */
const CXL: ReadonlyMap<string, 'cxlProtocolErrors' | 'cxlComponentEvents'> = new Map([
  [SECTION_TYPE.cxlProtocol, 'cxlProtocolErrors'],
  [SECTION_TYPE.cxlGeneralMedia, 'cxlComponentEvents'],
  [SECTION_TYPE.cxlDram, 'cxlComponentEvents'],
  [SECTION_TYPE.cxlMemoryModule, 'cxlComponentEvents']
])

/**
 * log_non_standard_event() and ghes_defer_non_standard_event(): sections nobody in the kernel knows go to whoever has
 * registered for vendor records, and into the trace.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_do_proc; drivers/ras/ras.c, log_non_standard_event.
 * Fidelity: omits the notifiers; an event larger than a page of the ring buffer is lost; newer kernels' CXL driver.
 */
export function logNonStandardEvent(k: Kernel, section: EstatusSection, fru: Fru, ctx: Context): void {
  const { sectionType, severity, payload } = section.entry
  const dispatched = CXL.get(sectionType)
  if (dispatched !== undefined && knob(k.version, dispatched)) {
    return stepEvent(k, ghesUnmodelled, { what: 'CXL section', sectionType })
  }
  if (!fitsTraceBuffer(k, payload.length)) {
    return stepEvent(k, traceLost, {
      event: 'non_standard_event',
      why: 'larger than a page',
      length: payload.length
    })
  }
  const text = nonStandardEventText({
    severity: ghesSeverity(severity),
    sectionType: encodeGuid(sectionType),
    fruId: encodeGuid(fru.id),
    fruText: fru.text,
    data: payload
  })
  trace(k, ctx, 'non_standard_event', text)
}
