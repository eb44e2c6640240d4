import { AFTER_VALIDATION, decodeFixedSection, encodeFixedSection, type FixedSection } from './fixed-section.ts'
import { fieldTable } from './validated-fields.ts'

export const PROCESSOR_GENERIC_SIZE = 192

/** Name, offset, type, validation bit; width of `bytes` is in bytes. */
export const PROCESSOR_GENERIC_FIELDS = fieldTable(PROCESSOR_GENERIC_SIZE, AFTER_VALIDATION, [
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
 * Fidelity: exact.
 */
export type ProcessorGenericSection = FixedSection<(typeof PROCESSOR_GENERIC_FIELDS)['rows']>

/** Throws FormatError when there are fewer than 192 bytes. */
export function decodeProcessorGenericSection(bytes: Uint8Array): ProcessorGenericSection {
  return decodeFixedSection(PROCESSOR_GENERIC_FIELDS, bytes, 'a processor generic error section')
}

/** Throws FormatError when a value does not fit. */
export function encodeProcessorGenericSection(section: ProcessorGenericSection): Uint8Array {
  return encodeFixedSection(PROCESSOR_GENERIC_FIELDS, section)
}
