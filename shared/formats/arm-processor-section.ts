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
import { offsetsOf, type Layout } from './layout.ts'

export const ARM_PROCESSOR_HEADER_SIZE = 40

/** The members without a validation bit. */
export const ARM_PROCESSOR_LAYOUT = {
  validation: [0, 'u32'],
  errorInfoCount: [4, 'u16'],
  contextCount: [6, 'u16'],
  sectionLength: [8, 'u32'],
  midr: [24, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf(ARM_PROCESSOR_LAYOUT)
/** Places of the fields without a validation bit. */
const ALWAYS = [
  [OFFSET.validation, 12],
  [OFFSET.midr, 8]
] as const
/** Name, offset, type, validation bit. */
export const ARM_PROCESSOR_FIELDS = fieldTable(ARM_PROCESSOR_HEADER_SIZE, ALWAYS, [
  ['affinityLevel', 12, 'u8', 1],
  ['mpidr', 16, 'u64', 0],
  ['runningState', 32, 'u32', 2],
  ['psciState', 36, 'u32', 2]
])
export const VALID_VENDOR = 1 << 3

/** The 40 bytes before the error information, counts and length not checked against what follows. */
export type ArmProcessorHeader = Validated<(typeof ARM_PROCESSOR_FIELDS)['rows']> & {
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
 * Fidelity: exact, except for which bytes are padding of contexts and which are the vendor's: see `armContextsAt`.
 */
export type ArmProcessorSection = Validated<(typeof ARM_PROCESSOR_FIELDS)['rows']> & {
  readonly midr: bigint
  readonly errors: readonly ArmErrorInfo[]
  readonly contexts: readonly ArmContext[]
  /** How the next context is found; `packed` when left out, or when both readings are the same. */
  readonly contextStride?: ArmContextStride
  readonly vendor?: Uint8Array
  /** Bytes where vendor information would be, without its validation bit. */
  readonly unmarkedVendor?: Uint8Array
  /** Bytes behind Section Length: Linux does not look at them. */
  readonly rest?: Uint8Array
}

function readHeader(bytes: Uint8Array): ArmProcessorHeader {
  requireBytes(bytes, 0, ARM_PROCESSOR_HEADER_SIZE, 'an ARM processor error section header')
  const view = viewOf(bytes)
  const validation = view.getUint32(OFFSET.validation)
  return {
    ...readFields(ARM_PROCESSOR_FIELDS, view, validation & ~VALID_VENDOR),
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

/** The 40 bytes alone, counts and length as they are given; throws FormatError when a value does not fit. */
export function encodeArmProcessorHeader(header: ArmProcessorHeader): Uint8Array {
  const bytes = new Uint8Array(ARM_PROCESSOR_HEADER_SIZE)
  const view = viewOf(bytes)
  view.setUint32(
    OFFSET.validation,
    Number(writeFields(ARM_PROCESSOR_FIELDS, view, header)) | (header.vendorValid ? VALID_VENDOR : 0)
  )
  requireFits(header.errorInfoCount, 16, OFFSET.errorInfoCount, 'Error Info Num')
  view.setUint16(OFFSET.errorInfoCount, header.errorInfoCount)
  requireFits(header.contextCount, 16, OFFSET.contextCount, 'Context Info Num')
  view.setUint16(OFFSET.contextCount, header.contextCount)
  requireFits(header.sectionLength, 32, OFFSET.sectionLength, 'Section Length')
  view.setUint32(OFFSET.sectionLength, header.sectionLength)
  requireFits(header.midr, 64, OFFSET.midr, 'MIDR_EL1')
  view.setBigUint64(OFFSET.midr, header.midr)
  return bytes
}

/**
 * Decodes the whole section; without `stride` the contexts are found as `armContextsAt` says. Throws FormatError when
 * Section Length is more than there is, or when something does not fit in it.
 */
export function decodeArmProcessorSection(bytes: Uint8Array, stride?: ArmContextStride): ArmProcessorSection {
  const { errorInfoCount, contextCount, sectionLength, vendorValid, ...fields } = readHeader(bytes)
  if (sectionLength > bytes.length) {
    throw new FormatError(`Section Length is at most ${bytes.length} here`, OFFSET.sectionLength, `${sectionLength}`)
  }
  const section = bytes.subarray(0, sectionLength)
  const infosSize = errorInfoCount * ARM_ERROR_INFO_SIZE
  const infosEnd = ARM_PROCESSOR_HEADER_SIZE + infosSize
  requireBytes(section, ARM_PROCESSOR_HEADER_SIZE, infosSize, 'Error Info Num: the structures')
  const errors: ArmErrorInfo[] = []
  for (let at = ARM_PROCESSOR_HEADER_SIZE; at < infosEnd; at += ARM_ERROR_INFO_SIZE)
    errors.push(armErrorInfoAt(section, at))
  const walk = armContextsAt(section, infosEnd, contextCount, stride, vendorValid ? 'vendor' : 'nothing')
  const tail = section.subarray(walk.next)
  return {
    ...fields,
    errors,
    contexts: walk.contexts,
    ...(walk.stride === 'aligned' ? { contextStride: walk.stride } : {}),
    ...(vendorValid ? { vendor: tail } : tail.length > 0 ? { unmarkedVendor: tail } : {}),
    ...(sectionLength < bytes.length ? { rest: bytes.subarray(sectionLength) } : {})
  }
}

/** Encodes a section, counts and length computed; throws FormatError when a value does not fit. */
export function encodeArmProcessorSection(section: ArmProcessorSection): Uint8Array {
  const { errors, contexts, contextStride = 'packed', rest } = section
  requireFits(errors.length, 16, OFFSET.errorInfoCount, 'Error Info Num')
  requireFits(contexts.length, 16, OFFSET.contextCount, 'Context Info Num')
  const tail = section.vendor ?? section.unmarkedVendor
  const contextsAt = ARM_PROCESSOR_HEADER_SIZE + errors.length * ARM_ERROR_INFO_SIZE
  let length = contextsAt + (tail?.length ?? 0)
  for (const context of contexts) length += armContextSize(context, contextStride)

  const bytes = new Uint8Array(length + (rest?.length ?? 0))
  const view = viewOf(bytes)
  const validation =
    Number(writeFields(ARM_PROCESSOR_FIELDS, view, section)) | (section.vendor === undefined ? 0 : VALID_VENDOR)
  requireFits(validation, 32, OFFSET.validation, 'Validation Bits')
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
    writeArmContext(bytes, at, context, contextStride)
    at += armContextSize(context, contextStride)
  }
  if (tail !== undefined) bytes.set(tail, at)
  if (rest !== undefined) bytes.set(rest, length)
  return bytes
}
