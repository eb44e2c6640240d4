import { hex } from '../../formats/hex.ts'
import {
  decodeMemorySection,
  MEMORY_ERROR_TYPE,
  MEMORY_SECTION_SIZE,
  type MemorySection
} from '../../formats/memory-section.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'

/** Bits of the row that the extended field holds lie above the 16 of the row field. */
const EXTENDED_ROW_SHIFT = 16

/**
 * The section as struct cper_sec_mem_err, however long it says it is: a short one is read on into what follows.
 *
 * Spec: Linux 6.1.192, include/linux/cper.h, struct cper_sec_mem_err.
 * Fidelity: approximates: behind the end of the block the kernel's buffer holds older records, here zeros.
 */
export function memErrOf(estatus: Estatus, section: EstatusSection): MemorySection {
  return decodeMemorySection(readBeyond(estatus.bytes, section.payloadAt, MEMORY_SECTION_SIZE))
}

/**
 * cper_mem_err_type_str().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, mem_err_type_strs.
 * Fidelity: exact.
 */
export function cperMemErrTypeString(type: number): string {
  const name = MEMORY_ERROR_TYPE[type]
  return name === 'mirror broken' ? 'mirror Broken' : (name ?? 'unknown')
}

/** Error status codes (bits 15:8) as cper_mem_err_status_str() says them. */
const STATUS: ReadonlyMap<number, string> = new Map([
  [1, 'Error detected internal to the component'],
  [4, 'Storage error in DRAM memory'],
  [5, 'Storage error in TLB'],
  [6, 'Storage error in cache'],
  [7, 'Error in one or more functional units'],
  [8, 'Component failed self test'],
  [9, 'Overflow or undervalue of internal queue'],
  [16, 'Error detected in the bus'],
  [17, 'Virtual address not found on IO-TLB or IO-PDIR'],
  [18, 'Improper access error'],
  [19, 'Access to a memory address which is not mapped to any component'],
  [20, 'Loss of Lockstep'],
  [21, 'Response not associated with a request'],
  [22, 'Bus parity error - must also set the A, C, or D Bits'],
  [23, 'Detection of a protocol error'],
  [24, 'Detection of a PATH_ERROR'],
  [25, 'Bus operation timeout'],
  [26, 'A read was issued to data that has been poisoned']
])

/**
 * cper_mem_err_status_str().
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_mem_err_status_str.
 * Fidelity: exact.
 */
export function cperMemErrStatusString(status: bigint): string {
  return STATUS.get(Number((status >> 8n) & 0xffn)) ?? 'Reserved'
}

const hex64 = (value: bigint): string => hex(value, 16)

function rowOf({ row, rowExtension, unvalidated }: MemorySection): number | undefined {
  if (row === undefined && rowExtension === undefined) return undefined
  return (row ?? unvalidated?.row ?? 0) | ((rowExtension ?? 0) << EXTENDED_ROW_SHIFT)
}

/**
 * cper_mem_err_location(): the valid fields in the kernel's order, each with a space behind it.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_mem_err_location.
 * Fidelity: exact.
 */
export function cperMemErrLocation(section: MemorySection): string {
  const fields: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['node', section.node],
    ['card', section.card],
    ['module', section.module],
    ['rank', section.rank],
    ['bank', section.bank],
    ['bank_group', section.bankGroup],
    ['bank_address', section.bankAddress],
    ['device', section.device],
    ['row', rowOf(section)],
    ['column', section.column],
    ['bit_position', section.bitPosition],
    ['requestor_id', section.requestorId === undefined ? undefined : hex64(section.requestorId)],
    ['responder_id', section.responderId === undefined ? undefined : hex64(section.responderId)],
    ['target_id', section.targetId === undefined ? undefined : hex64(section.targetId)],
    ['chip_id', section.chipIdentification]
  ]
  return fields.map(([name, value]) => (value === undefined ? '' : `${name}:${value} `)).join('')
}

/**
 * cper_dimm_err_location(): no SMBIOS entry is ever found for the handle.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_dimm_err_location.
 * Fidelity: omits SMBIOS.
 */
export function cperDimmErrLocation({ moduleHandle }: MemorySection): string {
  if (moduleHandle === undefined) return ''
  return `DIMM location: not present. DMI handle: ${hex(moduleHandle, 4)} `
}
