import { MEMORY_SECTION_OLD_SIZE } from '../../formats/memory-section.ts'
import { memErrOf, MEMORY_LINES, memoryLineValues } from './cper-mem-err.ts'
import type { Estatus, EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

/** Validation bits of fields that the 73-byte form does not have: rank and everything above it. */
const FIELDS_BEYOND_OLD = [
  'rank',
  'cardHandle',
  'moduleHandle',
  'rowExtension',
  'bankGroup',
  'bankAddress',
  'chipIdentification',
  'reservedValidation'
] as const

/**
 * cper_print_mem(): what the section says, each field when its bit is set.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_mem.
 * Fidelity: exact.
 */
export function cperPrintMem(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const mem = memErrOf(estatus, section)
  const isOld = section.entry.payload.length === MEMORY_SECTION_OLD_SIZE
  if (isOld && FIELDS_BEYOND_OLD.some((field) => mem[field] !== undefined)) {
    return printk(k, '[Firmware Warn]: valid bits set for fields beyond structure')
  }
  const values = memoryLineValues(mem)
  for (const form of MEMORY_LINES) {
    const text = form.print(values)
    if (text !== undefined) printk(k, prefix + text)
  }
}
