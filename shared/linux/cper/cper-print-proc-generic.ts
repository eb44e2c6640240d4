import {
  decodeProcessorGenericSection,
  PROCESSOR_GENERIC_SIZE,
  PROCESSOR_OPERATION,
  PROCESSOR_TYPE
} from '../../formats/processor-generic-section.ts'
import { CPER_PROC_ERROR_TYPE } from './cper-arm-err.ts'
import { decimal, hex64, hexNumber, inWords, line, type LineForm } from './line-form.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

const ISA = ['IA32', 'IA64', 'X64', 'ARM A32/T32', 'ARM A64']
const FLAGS = ['restartable', 'precise IP', 'overflow', 'corrected']
const LINE_LENGTH = 80

/** cper_print_bits(): names of the set bits, as many in a line as fit. */
function printBits(k: Kernel, prefix: string, bits: number, names: readonly string[]): void {
  let line = ''
  names.forEach((name, bit) => {
    if (((bits >> bit) & 1) === 0) return
    if (line !== '' && line.length + name.length + 2 > LINE_LENGTH) {
      printk(k, line)
      line = ''
    }
    line = line === '' ? prefix + name : `${line}, ${name}`
  })
  if (line !== '') printk(k, line)
}

const withName = (label: string, field: string, names: readonly string[]): LineForm =>
  line(
    `${label}: `,
    decimal(field),
    ', ',
    inWords((values) => names[Number(values[field])] ?? 'unknown')
  )

/** A row and, when it is a set of bits, what they are called. */
interface ProcessorGenericLine {
  readonly form: LineForm
  readonly bits?: { readonly field: 'errorType' | 'flags'; readonly names: readonly string[] }
}

/**
 * The lines of a generic processor section, in the kernel's order.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_proc_generic.
 * Fidelity: exact.
 */
export const PROCESSOR_GENERIC_LINES: readonly ProcessorGenericLine[] = [
  { form: withName('processor_type', 'processorType', PROCESSOR_TYPE) },
  { form: withName('processor_isa', 'instructionSet', ISA) },
  {
    form: line('error_type: ', hexNumber('errorType', 2)),
    bits: { field: 'errorType', names: CPER_PROC_ERROR_TYPE }
  },
  { form: withName('operation', 'operation', PROCESSOR_OPERATION) },
  { form: line('flags: ', hexNumber('flags', 2)), bits: { field: 'flags', names: FLAGS } },
  { form: line('level: ', decimal('level')) },
  { form: line('version_info: ', hex64('cpuVersion')) },
  { form: line('processor_id: ', hex64('processorId')) },
  { form: line('target_address: ', hex64('targetAddress')) },
  { form: line('requestor_id: ', hex64('requestorId')) },
  { form: line('responder_id: ', hex64('responderId')) },
  { form: line('IP: ', hex64('instructionIp')) }
]

/**
 * cper_print_proc_generic().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_proc_generic.
 * Fidelity: exact.
 */
export function cperPrintProcGeneric(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const proc = decodeProcessorGenericSection(readBeyond(estatus.bytes, section.payloadAt, PROCESSOR_GENERIC_SIZE))
  for (const { form, bits } of PROCESSOR_GENERIC_LINES) {
    const text = form.print(proc)
    if (text === undefined) continue
    printk(k, prefix + text)
    if (bits !== undefined) printBits(k, prefix, proc[bits.field] ?? 0, bits.names)
  }
}
