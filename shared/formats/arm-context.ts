import { isZero, viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const ARM_CONTEXT_HEADER_SIZE = 8

export const ARM_CONTEXT_LAYOUT = { version: [0, 'u16'], type: [2, 'u16'], size: [4, 'u32'] } as const satisfies Layout
const OFFSET = offsetsOf(ARM_CONTEXT_LAYOUT)
/** Newer Linux and TF-A start every context at a multiple of this. */
const ALIGNMENT = 16

/** Register Context Type. */
export const ARM_CONTEXT_TYPE = {
  aarch32Gpr: 0,
  aarch32El1: 1,
  aarch32El2: 2,
  aarch32Secure: 3,
  aarch64Gpr: 4,
  aarch64El1: 5,
  aarch64El2: 6,
  aarch64El3: 7,
  miscSystemRegister: 8
} as const

/**
 * Context Information structure: registers of the processor at the error. The array need not have the natural size of
 * its type (QEMU writes one register more).
 *
 * Spec: UEFI 2.10, N.2.4.4.2.
 * Fidelity: exact.
 */
export interface ArmContext {
  readonly version: number
  readonly type: number
  /** The register array, a part of the bytes it was decoded from; `arm-context-registers.ts` names its registers. */
  readonly registers: Uint8Array
  /** The bytes up to the next multiple of 16, where contexts are aligned and they are not zero. */
  readonly pad?: Uint8Array
}

/**
 * Where the next context starts: right behind the registers (Linux before 6.14, libcper, QEMU), or at the next multiple of
 * 16 from the start of this one, as UEFI has it (Linux since 6.14 where it prints; TF-A since August 2026).
 */
export type ArmContextStride = 'packed' | 'aligned'

/** Bytes from the start of a context to the start of the next. */
export function armContextSize(context: ArmContext, stride: ArmContextStride): number {
  return step(ARM_CONTEXT_HEADER_SIZE + context.registers.length, stride)
}

function step(size: number, stride: ArmContextStride): number {
  return stride === 'packed' ? size : Math.ceil(size / ALIGNMENT) * ALIGNMENT
}

export interface ArmContextWalk {
  readonly contexts: readonly ArmContext[]
  readonly stride: ArmContextStride
  /** Offset behind the last context. */
  readonly next: number
}

/** What the bytes behind the last context are: said by validation bit 3 of the section, or nobody's concern. */
export type ArmContextTail = 'vendor' | 'nothing' | 'unknown'

/**
 * Walks `count` contexts. The wire does not say which stride the writer used, so without `stride` the likelier walk of the
 * two that fit is taken, by the first of these that tells them apart: every context has a known type and registers; every
 * byte of padding is zero; behind the last context there is something if and only if the section says that vendor
 * information is there; and a packed walk before an aligned one. Throws FormatError when neither walk fits.
 *
 * Spec: UEFI 2.10, N.2.4.4 (Processor Context: padded with zeros; validation bit 3: vendor specific info).
 * Fidelity: approximates: vendor information that begins with the zeros of a padding is read with them.
 */
export function armContextsAt(
  bytes: Uint8Array,
  offset: number,
  count: number,
  stride?: ArmContextStride,
  tail: ArmContextTail = 'unknown'
): ArmContextWalk {
  if (stride !== undefined) return walk(bytes, offset, count, stride)
  const packed = tryWalk(bytes, offset, count, 'packed')
  const aligned = tryWalk(bytes, offset, count, 'aligned')
  if (packed instanceof FormatError) {
    if (aligned instanceof FormatError) throw packed
    return aligned
  }
  if (aligned instanceof FormatError || packed.next === aligned.next) return packed
  const hasTail = ({ next }: ArmContextWalk): boolean => next < bytes.length
  const signs: readonly ((walk: ArmContextWalk) => boolean)[] = [
    ({ contexts }) => contexts.every(isLikely),
    ({ contexts }) => contexts.every(({ pad }) => pad === undefined),
    (walk) => tail === 'unknown' || hasTail(walk) === (tail === 'vendor')
  ]
  const sign = signs.find((holds) => holds(packed) !== holds(aligned))
  return sign?.(aligned) ? aligned : packed
}

function isLikely({ type, registers }: ArmContext): boolean {
  return type <= ARM_CONTEXT_TYPE.miscSystemRegister && registers.length > 0
}

function tryWalk(
  bytes: Uint8Array,
  offset: number,
  count: number,
  stride: ArmContextStride
): ArmContextWalk | FormatError {
  try {
    return walk(bytes, offset, count, stride)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
}

function walk(bytes: Uint8Array, offset: number, count: number, stride: ArmContextStride): ArmContextWalk {
  const view = viewOf(bytes)
  const contexts: ArmContext[] = []
  let at = offset
  for (let i = 0; i < count; i++) {
    requireBytes(bytes, at, ARM_CONTEXT_HEADER_SIZE, 'a context information header')
    const size = view.getUint32(at + OFFSET.size)
    const registersAt = at + ARM_CONTEXT_HEADER_SIZE
    const whole = step(ARM_CONTEXT_HEADER_SIZE + size, stride)
    requireBytes(bytes, at, whole, 'Register Array Size: the context')
    const pad = bytes.subarray(registersAt + size, at + whole)
    contexts.push({
      version: view.getUint16(at + OFFSET.version),
      type: view.getUint16(at + OFFSET.type),
      registers: bytes.subarray(registersAt, registersAt + size),
      ...(isZero(pad) ? {} : { pad })
    })
    at += whole
  }
  return { contexts, stride, next: at }
}

/** Writes a context at `offset`, its padding if it has one; throws FormatError when a value does not fit. */
export function writeArmContext(
  bytes: Uint8Array,
  offset: number,
  context: ArmContext,
  stride: ArmContextStride
): void {
  const { version, type, registers, pad } = context
  const size = ARM_CONTEXT_HEADER_SIZE + registers.length
  const whole = step(size, stride)
  requireBytes(bytes, offset, whole, 'the encoded context')
  requireFits(version, 16, offset + OFFSET.version, 'Version')
  requireFits(type, 16, offset + OFFSET.type, 'Register Context Type')
  if (pad !== undefined && pad.length !== whole - size) {
    throw new FormatError(`the padding of the context is ${whole - size} bytes`, offset + size, `${pad.length}`)
  }
  const view = viewOf(bytes)
  view.setUint16(offset + OFFSET.version, version)
  view.setUint16(offset + OFFSET.type, type)
  view.setUint32(offset + OFFSET.size, registers.length)
  bytes.set(registers, offset + ARM_CONTEXT_HEADER_SIZE)
  if (pad !== undefined) bytes.set(pad, offset + size)
}
