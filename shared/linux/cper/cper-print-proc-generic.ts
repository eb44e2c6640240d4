import { hex } from '../../formats/hex.ts'
import {
  decodeProcessorGenericSection,
  PROCESSOR_GENERIC_SIZE,
  PROCESSOR_OPERATION,
  PROCESSOR_TYPE
} from '../../formats/processor-generic-section.ts'
import { CPER_PROC_ERROR_TYPE } from './cper-arm-err.ts'
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

/**
 * cper_print_proc_generic().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_proc_generic.
 * Fidelity: exact.
 */
export function cperPrintProcGeneric(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const proc = decodeProcessorGenericSection(readBeyond(estatus.bytes, section.payloadAt, PROCESSOR_GENERIC_SIZE))
  const say = (text: string): void => printk(k, prefix + text)
  const named = (name: string, value: number | undefined, names: readonly string[]): void => {
    if (value !== undefined) say(`${name}: ${value}, ${names[value] ?? 'unknown'}`)
  }
  const bits = (name: string, value: number | undefined, names: readonly string[]): void => {
    if (value === undefined) return
    say(`${name}: ${hex(value, 2)}`)
    printBits(k, prefix, value, names)
  }
  const word = (name: string, value: bigint | undefined): void => {
    if (value !== undefined) say(`${name}: ${hex(value, 16)}`)
  }
  named('processor_type', proc.processorType, PROCESSOR_TYPE)
  named('processor_isa', proc.instructionSet, ISA)
  bits('error_type', proc.errorType, CPER_PROC_ERROR_TYPE)
  named('operation', proc.operation, PROCESSOR_OPERATION)
  bits('flags', proc.flags, FLAGS)
  if (proc.level !== undefined) say(`level: ${proc.level}`)
  word('version_info', proc.cpuVersion)
  word('processor_id', proc.processorId)
  word('target_address', proc.targetAddress)
  word('requestor_id', proc.requestorId)
  word('responder_id', proc.responderId)
  word('IP', proc.instructionIp)
}
