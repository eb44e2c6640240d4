import { hex } from '../../formats/hex.ts'
import { MEMORY_SECTION_OLD_SIZE } from '../../formats/memory-section.ts'
import {
  cperDimmErrLocation,
  cperMemErrLocation,
  cperMemErrStatusString,
  cperMemErrTypeString,
  memErrOf
} from './cper-mem-err.ts'
import type { Estatus, EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

const hex64 = (value: bigint): string => hex(value, 16)

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
  const { errorStatus, physicalAddress, physicalAddressMask, errorType } = mem
  if (errorStatus !== undefined) {
    printk(k, `${prefix} error_status: ${cperMemErrStatusString(errorStatus)} (${hex64(errorStatus)})`)
  }
  if (physicalAddress !== undefined) printk(k, `${prefix}physical_address: ${hex64(physicalAddress)}`)
  if (physicalAddressMask !== undefined) printk(k, `${prefix}physical_address_mask: ${hex64(physicalAddressMask)}`)
  const location = cperMemErrLocation(mem)
  if (location !== '') printk(k, prefix + location)
  if (errorType !== undefined) printk(k, `${prefix}error_type: ${errorType}, ${cperMemErrTypeString(errorType)}`)
  const dimm = cperDimmErrLocation(mem)
  if (dimm !== '') printk(k, prefix + dimm)
}
