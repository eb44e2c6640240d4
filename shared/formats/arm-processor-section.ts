import {
  armContextSize,
  armContextsAt,
  writeArmContext,
  type ArmContext,
  type ArmContextStride
} from './arm-context.ts'
import { ARM_ERROR_INFO_SIZE, armErrorInfoAt, writeArmErrorInfo, type ArmErrorInfo } from './arm-error-info.ts'
import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { fieldTable, readFields, writeFields, type Validated } from './validated-fields.ts'

export const ARM_PROCESSOR_HEADER_SIZE = 40

const OFFSET = { validation: 0, errorInfoCount: 4, contextCount: 6, sectionLength: 8, midr: 24 } as const
/** Name, offset, type, validation bit. */
const FIELDS = fieldTable([
  ['affinityLevel', 12, 'u8', 1],
  ['mpidr', 16, 'u64', 0],
  ['runningState', 32, 'u32', 2],
  ['psciState', 36, 'u32', 2]
])
const VALID_VENDOR = 1 << 3

/** The 40 bytes before the error information, counts and length not checked against what follows. */
export type ArmProcessorHeader = Validated<(typeof FIELDS)['rows']> & {
  /** MIDR_EL1; it has no validation bit. */
  readonly midr: bigint
  readonly errorInfoCount: number
  readonly contextCount: number
  readonly sectionLength: number
  /** Validation bit 3. */
  readonly vendorValid: boolean
}

/**
 * ARM Processor Error Section.
 *
 * Spec: UEFI 2.10, N.2.4.4.
 * Fidelity: exact; the reserved bytes 13 to 15 and the pad bytes of aligned contexts are written as zero.
 */
export type ArmProcessorSection = Validated<(typeof FIELDS)['rows']> & {
  readonly midr: bigint
  readonly errors: readonly ArmErrorInfo[]
  readonly contexts: readonly ArmContext[]
  /** How the next context is found; `packed` when left out, or when both readings are the same. */
  readonly contextStride?: ArmContextStride
  readonly vendor?: Uint8Array
  /** Bytes where vendor information would be, without its validation bit. */
  readonly unmarkedVendor?: Uint8Array
}

function readHeader(bytes: Uint8Array): ArmProcessorHeader {
  requireBytes(bytes, 0, ARM_PROCESSOR_HEADER_SIZE, 'an ARM processor error section header')
  const view = viewOf(bytes)
  const validation = view.getUint32(OFFSET.validation)
  return {
    ...readFields(FIELDS, view, validation & ~VALID_VENDOR),
    midr: view.getBigUint64(OFFSET.midr),
    errorInfoCount: view.getUint16(OFFSET.errorInfoCount),
    contextCount: view.getUint16(OFFSET.contextCount),
    sectionLength: view.getUint32(OFFSET.sectionLength),
    vendorValid: (validation & VALID_VENDOR) !== 0
  }
}

/** The header alone, for readers with rules of their own; throws FormatError when there are fewer than 40 bytes. */
export function decodeArmProcessorHeader(bytes: Uint8Array): ArmProcessorHeader {
  return readHeader(bytes)
}

/**
 * Decodes the whole section. Without `stride` the contexts are walked both ways: the walk that ends exactly at Section
 * Length is taken, else the packed one if it fits, else the aligned one (see `armContextsAt`).
 * Throws FormatError when Section Length is not the number of bytes, or when something does not fit in it.
 */
export function decodeArmProcessorSection(bytes: Uint8Array, stride?: ArmContextStride): ArmProcessorSection {
  const { errorInfoCount, contextCount, sectionLength, vendorValid, ...rest } = readHeader(bytes)
  if (sectionLength !== bytes.length) {
    throw new FormatError('Section Length is the length of the section', OFFSET.sectionLength, `${sectionLength}`)
  }
  if (errorInfoCount === 0) {
    throw new FormatError('there is at least one error information structure', OFFSET.errorInfoCount)
  }
  const infosEnd = ARM_PROCESSOR_HEADER_SIZE + errorInfoCount * ARM_ERROR_INFO_SIZE
  requireBytes(bytes, ARM_PROCESSOR_HEADER_SIZE, infosEnd - ARM_PROCESSOR_HEADER_SIZE, 'Error Info Num: the structures')
  const errors: ArmErrorInfo[] = []
  for (let at = ARM_PROCESSOR_HEADER_SIZE; at < infosEnd; at += ARM_ERROR_INFO_SIZE)
    errors.push(armErrorInfoAt(bytes, at))
  const walk = armContextsAt(bytes, infosEnd, contextCount, stride)
  const tail = bytes.subarray(walk.next)
  return {
    ...rest,
    errors,
    contexts: walk.contexts,
    ...(walk.stride === 'aligned' ? { contextStride: walk.stride } : {}),
    ...(vendorValid ? { vendor: tail } : tail.length > 0 ? { unmarkedVendor: tail } : {})
  }
}

/** Encodes a section, counts and length computed; throws FormatError when a value does not fit. */
export function encodeArmProcessorSection(section: ArmProcessorSection): Uint8Array {
  const { errors, contexts, contextStride = 'packed' } = section
  if (errors.length === 0) {
    throw new FormatError('there is at least one error information structure', OFFSET.errorInfoCount)
  }
  requireFits(errors.length, 16, OFFSET.errorInfoCount, 'Error Info Num')
  requireFits(contexts.length, 16, OFFSET.contextCount, 'Context Info Num')
  const tail = section.vendor ?? section.unmarkedVendor
  const contextsAt = ARM_PROCESSOR_HEADER_SIZE + errors.length * ARM_ERROR_INFO_SIZE
  let length = contextsAt + (tail?.length ?? 0)
  for (const context of contexts) length += armContextSize(context, contextStride)

  const bytes = new Uint8Array(length)
  const view = viewOf(bytes)
  const validation = Number(writeFields(FIELDS, view, section)) | (section.vendor === undefined ? 0 : VALID_VENDOR)
  view.setUint32(OFFSET.validation, validation)
  view.setUint16(OFFSET.errorInfoCount, errors.length)
  view.setUint16(OFFSET.contextCount, contexts.length)
  view.setUint32(OFFSET.sectionLength, length)
  requireFits(section.midr, 64, OFFSET.midr, 'MIDR_EL1')
  view.setBigUint64(OFFSET.midr, section.midr)
  let at = ARM_PROCESSOR_HEADER_SIZE
  for (const info of errors) {
    writeArmErrorInfo(bytes, at, info)
    at += ARM_ERROR_INFO_SIZE
  }
  for (const context of contexts) {
    writeArmContext(bytes, at, context)
    at += armContextSize(context, contextStride)
  }
  if (tail !== undefined) bytes.set(tail, at)
  return bytes
}
