import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'

export const ARM_CONTEXT_HEADER_SIZE = 8

const OFFSET = { version: 0, type: 2, size: 4 } as const
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
}

/**
 * Where the next context starts: right behind the registers (Linux up to 6.12, libcper, QEMU) or at the next multiple
 * of 16 from the start of this one (newer Linux, TF-A since August 2026).
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

/**
 * Walks `count` contexts. The wire does not say which stride the writer used, so without `stride` this decides: a walk
 * that ends exactly at the end of the bytes wins, then a packed one that fits, then an aligned one that fits; but with
 * bytes left over both ways, a packed walk that meets a reserved context type loses to an aligned one that meets none.
 * Throws FormatError when neither walk fits.
 */
export function armContextsAt(
  bytes: Uint8Array,
  offset: number,
  count: number,
  stride?: ArmContextStride
): ArmContextWalk {
  if (stride !== undefined) return walk(bytes, offset, count, stride)
  const packed = tryWalk(bytes, offset, count, 'packed')
  const aligned = tryWalk(bytes, offset, count, 'aligned')
  if (packed instanceof FormatError) {
    if (aligned instanceof FormatError) throw packed
    return aligned
  }
  if (aligned instanceof FormatError || packed.next === aligned.next) return packed
  if (packed.next === bytes.length) return packed
  if (aligned.next === bytes.length) return aligned
  return isKnown(aligned) && !isKnown(packed) ? aligned : packed
}

function isKnown({ contexts }: ArmContextWalk): boolean {
  return contexts.every((context) => context.type <= ARM_CONTEXT_TYPE.miscSystemRegister)
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
    contexts.push({
      version: view.getUint16(at + OFFSET.version),
      type: view.getUint16(at + OFFSET.type),
      registers: bytes.subarray(registersAt, registersAt + size)
    })
    at += whole
  }
  return { contexts, stride, next: at }
}

/** Writes header and registers at `offset`; throws FormatError when a value does not fit. */
export function writeArmContext(bytes: Uint8Array, offset: number, context: ArmContext): void {
  requireBytes(bytes, offset, ARM_CONTEXT_HEADER_SIZE + context.registers.length, 'the encoded context')
  requireFits(context.version, 16, offset + OFFSET.version, 'Version')
  requireFits(context.type, 16, offset + OFFSET.type, 'Register Context Type')
  const view = viewOf(bytes)
  view.setUint16(offset + OFFSET.version, context.version)
  view.setUint16(offset + OFFSET.type, context.type)
  view.setUint32(offset + OFFSET.size, context.registers.length)
  bytes.set(context.registers, offset + ARM_CONTEXT_HEADER_SIZE)
}
