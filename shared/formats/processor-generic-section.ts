import { viewOf } from './bytes.ts'
import { FormatError, requireBytes } from './format-error.ts'
import { fieldTable, readFields, writeFields, type Validated } from './validated-fields.ts'

export const PROCESSOR_GENERIC_SIZE = 192

const VALIDATION = 0
/** Name, offset, type, validation bit; width of `bytes` is in bytes. */
const FIELDS = fieldTable([
  ['processorType', 8, 'u8', 0],
  ['instructionSet', 9, 'u8', 1],
  ['errorType', 10, 'u8', 2],
  ['operation', 11, 'u8', 3],
  ['flags', 12, 'u8', 4],
  ['level', 13, 'u8', 5],
  ['cpuVersion', 16, 'u64', 6],
  ['brandString', 24, 'bytes', 7, 0, 128],
  ['processorId', 152, 'u64', 8],
  ['targetAddress', 160, 'u64', 9],
  ['requestorId', 168, 'u64', 10],
  ['responderId', 176, 'u64', 11],
  ['instructionIp', 184, 'u64', 12]
])

export const PROCESSOR_TYPE = ['IA32/X64', 'IA64', 'ARM'] as const
export const PROCESSOR_INSTRUCTION_SET = ['IA32', 'IA64', 'X64', 'A32/T32', 'A64'] as const
export const PROCESSOR_ERROR_TYPE = {
  unknown: 0,
  cache: 1 << 0,
  TLB: 1 << 1,
  bus: 1 << 2,
  microArchitectural: 1 << 3
} as const
export const PROCESSOR_OPERATION = ['unknown or generic', 'data read', 'data write', 'instruction execution'] as const
export const PROCESSOR_FLAG = { restartable: 1 << 0, preciseIp: 1 << 1, overflow: 1 << 2, corrected: 1 << 3 } as const

/**
 * Processor Generic Error Section. On ARM `cpuVersion` is MIDR_EL1 and `processorId` MPIDR_EL1.
 *
 * Spec: UEFI 2.10, N.2.4.1.
 * Fidelity: exact; the reserved bytes 14 and 15 are written as zero.
 */
export type ProcessorGenericSection = Validated<(typeof FIELDS)['rows']>

/** Throws FormatError unless there are 192 bytes. */
export function decodeProcessorGenericSection(bytes: Uint8Array): ProcessorGenericSection {
  requireBytes(bytes, 0, PROCESSOR_GENERIC_SIZE, 'a processor generic error section')
  if (bytes.length !== PROCESSOR_GENERIC_SIZE) {
    throw new FormatError('a processor generic error section is 192 bytes', PROCESSOR_GENERIC_SIZE, `${bytes.length}`)
  }
  const view = viewOf(bytes)
  return readFields(FIELDS, view, view.getUint32(VALIDATION), view.getUint32(VALIDATION + 4))
}

/** 192 bytes; throws FormatError when a value does not fit. */
export function encodeProcessorGenericSection(section: ProcessorGenericSection): Uint8Array {
  const bytes = new Uint8Array(PROCESSOR_GENERIC_SIZE)
  const view = viewOf(bytes)
  view.setBigUint64(VALIDATION, writeFields(FIELDS, view, section))
  return bytes
}
