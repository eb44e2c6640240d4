import { hex } from '../../formats/hex.ts'
import { ARM_PROCESSOR_HEADER_SIZE } from '../../formats/arm-processor-section.ts'
import { SECTION_TYPE } from '../../formats/guid.ts'
import { MEMORY_SECTION_OLD_SIZE } from '../../formats/memory-section.ts'
import { FIRMWARE_RECORD_REFERENCE_OLD_SIZE } from '../../formats/firmware-record-reference.ts'
import { PCIE_SECTION_SIZE } from '../../formats/pcie-section.ts'
import { PROCESSOR_GENERIC_SIZE } from '../../formats/processor-generic-section.ts'
import { SEVERITY } from '../../formats/severity.ts'
import { cperPrintFwErr } from './cper-print-fw-err.ts'
import { cperPrintMem } from './cper-print-mem.ts'
import { cperPrintPcie } from './cper-print-pcie.ts'
import { cperPrintProcArm } from './cper-print-proc-arm.ts'
import { cperPrintProcGeneric } from './cper-print-proc-generic.ts'
import { cperPrintTimestamp } from './cper-print-tstamp.ts'
import type { Estatus, EstatusSection } from './estatus.ts'
import { cperSeverityString } from './ghes-severity.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'

interface SectionPrinter {
  readonly name: string
  /** Bytes below which the section is not looked at. */
  readonly size: number
  readonly print: (k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection) => void
}

/** What the kernel prints in words, by section type. */
const PRINTERS: ReadonlyMap<string, SectionPrinter> = new Map<string, SectionPrinter>([
  [
    SECTION_TYPE.processorGeneric,
    { name: 'general processor error', size: PROCESSOR_GENERIC_SIZE, print: cperPrintProcGeneric }
  ],
  [SECTION_TYPE.platformMemory, { name: 'memory error', size: MEMORY_SECTION_OLD_SIZE, print: cperPrintMem }],
  [SECTION_TYPE.pciExpress, { name: 'PCIe error', size: PCIE_SECTION_SIZE, print: cperPrintPcie }],
  [
    SECTION_TYPE.processorArm,
    { name: 'ARM processor error', size: ARM_PROCESSOR_HEADER_SIZE, print: cperPrintProcArm }
  ],
  [
    SECTION_TYPE.firmwareRecordReference,
    { name: 'Firmware Error Record Reference', size: FIRMWARE_RECORD_REFERENCE_OLD_SIZE, print: cperPrintFwErr }
  ]
])

/**
 * cper_estatus_print_section().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_print_section.
 * Fidelity: omits the words for CXL protocol errors: they are dumped as an unknown section.
 */
function printSection(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection, index: number): void {
  const { entry } = section
  if (entry.timestamp !== undefined) cperPrintTimestamp(k, prefix, entry.timestamp)
  printk(k, `${prefix}Error ${index}, type: ${cperSeverityString(entry.severity)}`)
  if (entry.fruId !== undefined) printk(k, `${prefix}fru_id: ${entry.fruId}`)
  if (entry.fruText !== undefined) printk(k, `${prefix}fru_text: ${entry.fruText}`)
  const inner = `${prefix} `
  const printer = PRINTERS.get(entry.sectionType)
  if (printer === undefined) {
    printk(k, `${inner}section type: unknown, ${entry.sectionType}`)
    const length = entry.payload.length
    printk(k, `${inner}section length: ${length === 0 ? '0' : hex(length)}`)
    printHexDump(k, inner, entry.payload, true)
    return
  }
  printk(k, `${inner}section_type: ${printer.name}`)
  if (entry.payload.length >= printer.size) printer.print(k, inner, estatus, section)
  else printk(k, '[Firmware Warn]: error section length is too small')
}

/**
 * cper_estatus_print(): a whole block in words, every line behind `prefix`.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_print.
 * Fidelity: exact.
 */
export function cperEstatusPrint(k: Kernel, prefix: string, estatus: Estatus): void {
  const { severity } = estatus.header
  if ((severity & 0xffff) === SEVERITY.corrected) {
    printk(k, `${prefix}It has been corrected by h/w and requires no further action`)
  }
  printk(k, `${prefix}event severity: ${cperSeverityString(severity)}`)
  estatus.sections.forEach((section, index) => printSection(k, `${prefix} `, estatus, section, index))
}
