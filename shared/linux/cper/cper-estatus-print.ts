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
import { CPER_SEVERITY_NAMES, UNNAMED_SEVERITY } from './ghes-severity.ts'
import { decimal, guid, line, named, rest, type LineForm, type Notation } from './line-form.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'

export interface SectionPrinter {
  readonly name: string
  /** Bytes below which the section is not looked at. */
  readonly size: number
  readonly print: (k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection) => void
}

/** What the kernel prints in words, by section type. */
export const CPER_SECTIONS: ReadonlyMap<string, SectionPrinter> = new Map<string, SectionPrinter>([
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

/** The printing functions take the low half of the word. */
const SEVERITY_PRINTED = 0xffff

const severity = named('severity', CPER_SEVERITY_NAMES, UNNAMED_SEVERITY)
/** `%#x`: no 0x before a zero. */
const length: Notation = {
  field: 'length',
  pattern: '(?:0x)?[0-9a-fA-F]+',
  print: (values) => (values['length'] === 0 ? '0' : hex(Number(values['length']))),
  parse: (text) => parseInt(text, 16)
}

/**
 * The lines of a block and of the header of a section.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_print_estatus; drivers/firmware/efi/cper.c, cper_estatus_print,
 * cper_estatus_print_section.
 * Fidelity: exact.
 */
export const ESTATUS_LINES = {
  source: line('Hardware error from APEI Generic Hardware Error Source: ', decimal('source')),
  corrected: line('It has been corrected by h/w and requires no further action'),
  severity: line('event severity: ', severity),
  section: line('Error ', decimal('index'), ', type: ', severity),
  fruId: line('fru_id: ', guid('fruId')),
  fruText: line('fru_text: ', rest('fruText')),
  known: line('section_type: ', rest('name')),
  unknown: line('section type: unknown, ', guid('sectionType')),
  length: line('section length: ', length),
  tooShort: line('[Firmware Warn]: error section length is too small')
} as const

/**
 * cper_estatus_print_section().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_print_section.
 * Fidelity: omits the words for CXL protocol errors: they are dumped as an unknown section.
 */
function printSection(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection, index: number): void {
  const { entry } = section
  if (entry.timestamp !== undefined) cperPrintTimestamp(k, prefix, entry.timestamp)
  const say = (before: string, form: LineForm, values: object): void => {
    const text = form.print(values)
    if (text !== undefined) printk(k, before + text)
  }
  say(prefix, ESTATUS_LINES.section, { index, severity: entry.severity & SEVERITY_PRINTED })
  say(prefix, ESTATUS_LINES.fruId, entry)
  say(prefix, ESTATUS_LINES.fruText, entry)
  const inner = `${prefix} `
  const printer = CPER_SECTIONS.get(entry.sectionType)
  if (printer === undefined) {
    say(inner, ESTATUS_LINES.unknown, entry)
    say(inner, ESTATUS_LINES.length, { length: entry.payload.length })
    printHexDump(k, inner, entry.payload, true)
    return
  }
  say(inner, ESTATUS_LINES.known, printer)
  if (entry.payload.length >= printer.size) printer.print(k, inner, estatus, section)
  else say('', ESTATUS_LINES.tooShort, {})
}

/**
 * cper_estatus_print(): a whole block in words, every line behind `prefix`.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_print.
 * Fidelity: exact.
 */
export function cperEstatusPrint(k: Kernel, prefix: string, estatus: Estatus): void {
  const { severity } = estatus.header
  const printed = { severity: severity & SEVERITY_PRINTED }
  if (printed.severity === SEVERITY.corrected) printk(k, prefix + (ESTATUS_LINES.corrected.print({}) ?? ''))
  printk(k, prefix + (ESTATUS_LINES.severity.print(printed) ?? ''))
  estatus.sections.forEach((section, index) => printSection(k, `${prefix} `, estatus, section, index))
}
