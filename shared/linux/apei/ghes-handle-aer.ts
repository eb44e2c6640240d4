import { aerIgnored, aerRecover } from '../../contracts/notes/kernel-steps-apei.ts'
import { SECTION_FLAG } from '../../formats/error-data-entry.ts'
import { SEVERITY } from '../../formats/severity.ts'
import { aerRegisters } from '../cper/aer-registers.ts'
import { pcieDevice, pcieOf } from '../cper/cper-print-pcie.ts'
import type { Estatus, EstatusSection } from '../cper/estatus.ts'
import { KWORKER, type Kernel } from '../kernel/state.ts'
import { stepEvent, trace } from '../kernel/printk.ts'
import { AER_SEVERITY, aerEventText } from '../ras/ras-event.ts'

/** cper_severity_to_aer(); a component that firmware has reset must be set up again, as after a fatal error. */
function aerSeverity({ entry }: EstatusSection): number {
  if ((entry.flags & SECTION_FLAG.reset) !== 0) return AER_SEVERITY.fatal
  if (entry.severity === SEVERITY.recoverable) return AER_SEVERITY.nonFatal
  return entry.severity === SEVERITY.fatal ? AER_SEVERITY.fatal : AER_SEVERITY.correctable
}

/**
 * ghes_handle_aer(): hands a PCIe error to the AER driver when device and registers are there. No page is involved, so
 * it plays no part in what becomes of a synchronous record.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_handle_aer; drivers/pci/pcie/aer.c, aer_recover_queue,
 * cper_print_aer.
 * Fidelity: approximates: the device exists, its driver sees nothing of it; omits the AER driver's lines in the log.
 */
export function ghesHandleAer(k: Kernel, estatus: Estatus, section: EstatusSection): void {
  const pcie = pcieOf(estatus, section)
  const device = pcieDevice(pcie)
  if (device === undefined || pcie.aer === undefined) {
    return stepEvent(k, aerIgnored, { why: 'no device id or no AER registers' })
  }
  const severity = aerSeverity(section)
  const { corStatus, uncorStatus, headerLog } = aerRegisters(pcie.aer)
  const status = severity === AER_SEVERITY.correctable ? corStatus : uncorStatus
  // AER_LOG_TLP_MASKS: the header is only meaningful for errors about a packet.
  const tlpHeader = severity !== AER_SEVERITY.correctable && (status & TLP_ERRORS) !== 0 ? headerLog : undefined
  stepEvent(k, aerRecover, { device, severity, status })
  trace(k, KWORKER, 'aer_event', aerEventText({ device, status, severity, tlpHeader }))
}

/** Poisoned TLP, ECRC, unsupported request, completer abort, unexpected completion, malformed TLP. */
const TLP_ERRORS = (1 << 12) | (1 << 19) | (1 << 20) | (1 << 15) | (1 << 16) | (1 << 18)
