import {
  decodeMemorySection,
  MEMORY_ERROR_TYPE,
  MEMORY_SECTION_SIZE,
  type MemorySection
} from '../../formats/memory-section.ts'
import {
  decimal,
  hex64,
  hexNumber,
  inWords,
  items,
  line,
  type LineForm,
  type Notation,
  type Values
} from './line-form.ts'
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

const bits = (value: unknown): bigint => (typeof value === 'bigint' ? value : 0n)

function rowOf({ row, rowExtension, unvalidated }: MemorySection): number | undefined {
  if (row === undefined && rowExtension === undefined) return undefined
  return (row ?? unvalidated?.row ?? 0) | ((rowExtension ?? 0) << EXTENDED_ROW_SHIFT)
}

/** The row as it is printed, of up to 18 bits; read back it is again two fields. */
const row: Notation = {
  field: 'row',
  pattern: '[0-9]+',
  print: (values) => String(rowOf(values) ?? 0),
  parse: Number
}

const LOCATION = items(
  ['node', decimal('node')],
  ['card', decimal('card')],
  ['module', decimal('module')],
  ['rank', decimal('rank')],
  ['bank', decimal('bank')],
  ['bank_group', decimal('bankGroup')],
  ['bank_address', decimal('bankAddress')],
  ['device', decimal('device')],
  ['row', row],
  ['column', decimal('column')],
  ['bit_position', decimal('bitPosition')],
  ['requestor_id', hex64('requestorId')],
  ['responder_id', hex64('responderId')],
  ['target_id', hex64('targetId')],
  ['chip_id', decimal('chipIdentification')]
)

const DIMM = line('DIMM location: not present. DMI handle: ', hexNumber('moduleHandle', 4), ' ')

/** The row is there when either of its parts is. */
const withRow = (section: MemorySection): Values => ({ ...section, row: rowOf(section) })

/**
 * The lines of a memory error section, in the kernel's order.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_mem, cper_mem_err_location, cper_dimm_err_location.
 * Fidelity: exact, but for SMBIOS: no entry is ever found for a handle.
 */
export const MEMORY_LINES: readonly LineForm[] = [
  line(
    ' error_status: ',
    inWords(({ errorStatus }) => cperMemErrStatusString(bits(errorStatus))),
    ' (',
    hex64('errorStatus'),
    ')'
  ),
  line('physical_address: ', hex64('physicalAddress')),
  line('physical_address_mask: ', hex64('physicalAddressMask')),
  LOCATION,
  line(
    'error_type: ',
    decimal('errorType'),
    ', ',
    inWords(({ errorType }) => cperMemErrTypeString(Number(errorType)))
  ),
  DIMM
]

/** What the rows of the table read of a section. */
export const memoryLineValues = withRow

/** A row that was read back, as the two fields that hold it. */
export function rowFields(printed: number): Pick<MemorySection, 'row' | 'rowExtension'> {
  const high = printed >> EXTENDED_ROW_SHIFT
  return { row: printed & 0xffff, ...(high === 0 ? {} : { rowExtension: high }) }
}

/**
 * cper_mem_err_location(): the valid fields in the kernel's order, each with a space behind it.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_mem_err_location.
 * Fidelity: exact.
 */
export function cperMemErrLocation(section: MemorySection): string {
  return LOCATION.print(withRow(section)) ?? ''
}

/**
 * cper_dimm_err_location(): no SMBIOS entry is ever found for the handle.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_dimm_err_location.
 * Fidelity: omits SMBIOS.
 */
export function cperDimmErrLocation(section: MemorySection): string {
  return DIMM.print(section) ?? ''
}
