import { viewOf } from './bytes.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { fieldTable, readFields, writeFields, type Validated } from './validated-fields.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const ARM_ERROR_INFO_SIZE = 32

/** The members without a validation bit. */
export const ARM_ERROR_INFO_LAYOUT = {
  version: [0, 'u8'],
  length: [1, 'u8'],
  validation: [2, 'u16'],
  type: [4, 'u8']
} as const satisfies Layout
const OFFSET = offsetsOf(ARM_ERROR_INFO_LAYOUT)
/** Name, offset, type, validation bit. Multiple Error sits at the odd offset 5. */
export const ARM_ERROR_INFO_FIELDS = fieldTable(
  ARM_ERROR_INFO_SIZE,
  [[OFFSET.version, 5]],
  [
    ['multipleError', 5, 'u16', 0],
    ['flags', 7, 'u8', 1],
    ['errorInformation', 8, 'u64', 2],
    ['virtualFaultAddress', 16, 'u64', 3],
    ['physicalFaultAddress', 24, 'u64', 4]
  ]
)

export const ARM_ERROR_FLAG = { first: 1 << 0, last: 1 << 1, propagated: 1 << 2, overflow: 1 << 3 } as const

export type ArmErrorKind = 'cache' | 'TLB' | 'bus' | 'micro-architectural'
const KINDS: readonly ArmErrorKind[] = ['cache', 'TLB', 'bus', 'micro-architectural']

/** What the type byte means to a reader or writer; see `armErrorKinds`. */
export type ArmErrorTypeMeaning = 'bitmask' | 'enumeration' | 'libcper'

/** Type byte of each kind, by who reads it: readers disagree, so that 0x02 is cache, bus or TLB. */
export const ARM_ERROR_TYPE = {
  /** UEFI 2.9A errata and later; Linux since commit 96b010536ee0; QEMU's script; TF-A since August 2026. */
  bitmask: { cache: 1 << 1, TLB: 1 << 2, bus: 1 << 3, 'micro-architectural': 1 << 4 },
  /** UEFI 2.9 and earlier; Linux before that commit. */
  enumeration: { cache: 0, TLB: 1, bus: 2, 'micro-architectural': 3 },
  /** libcper of February 2026. */
  libcper: { cache: 1 << 0, TLB: 1 << 1, bus: 1 << 2, 'micro-architectural': 1 << 3 }
} as const satisfies Record<ArmErrorTypeMeaning, Record<ArmErrorKind, number>>

/** Kinds that a type byte stands for; several only as a bitmask, none when the byte is reserved. */
export function armErrorKinds(type: number, meaning: ArmErrorTypeMeaning): readonly ArmErrorKind[] {
  const table = ARM_ERROR_TYPE[meaning]
  return KINDS.filter((kind) => (meaning === 'bitmask' ? (type & table[kind]) !== 0 : type === table[kind]))
}

/**
 * Error Information structure. `errorInformation` is the raw word; `arm-error-information.ts` takes it apart once the
 * caller has decided what `type` means.
 *
 * Spec: UEFI 2.10, N.2.4.4.1.
 * Fidelity: exact.
 */
export type ArmErrorInfo = Validated<(typeof ARM_ERROR_INFO_FIELDS)['rows']> & {
  /** 0 when left out. */
  readonly version?: number
  /** What the length byte says where that is not 32. Linux steps by it when it looks for addresses, and by 32 else. */
  readonly length?: number
  readonly type: number
}

/** The length byte of the structure at `offset`, for readers that step by it. */
export function armErrorInfoLength(bytes: Uint8Array, offset: number): number {
  requireBytes(bytes, offset, OFFSET.length + 1, 'an ARM error information structure')
  return bytes[offset + OFFSET.length] ?? 0
}

/** The 32 bytes at `offset`, whatever the length byte says; throws FormatError when they are not there. */
export function armErrorInfoAt(bytes: Uint8Array, offset: number): ArmErrorInfo {
  requireBytes(bytes, offset, ARM_ERROR_INFO_SIZE, 'an ARM error information structure')
  const view = viewOf(bytes.subarray(offset, offset + ARM_ERROR_INFO_SIZE))
  const version = view.getUint8(OFFSET.version)
  const length = view.getUint8(OFFSET.length)
  return {
    ...readFields(ARM_ERROR_INFO_FIELDS, view, view.getUint16(OFFSET.validation)),
    ...(version !== 0 ? { version } : {}),
    ...(length !== ARM_ERROR_INFO_SIZE ? { length } : {}),
    type: view.getUint8(OFFSET.type)
  }
}

/** Writes 32 bytes at `offset`, which must be zero; throws FormatError when a value does not fit. */
export function writeArmErrorInfo(bytes: Uint8Array, offset: number, info: ArmErrorInfo): void {
  requireBytes(bytes, offset, ARM_ERROR_INFO_SIZE, 'an ARM error information structure')
  requireFits(info.type, 8, offset + OFFSET.type, 'Type')
  requireFits(info.version ?? 0, 8, offset + OFFSET.version, 'Version')
  requireFits(info.length ?? 0, 8, offset + OFFSET.length, 'Length')
  const view = viewOf(bytes.subarray(offset, offset + ARM_ERROR_INFO_SIZE))
  const validation = writeFields(ARM_ERROR_INFO_FIELDS, view, info)
  requireFits(validation, 16, offset + OFFSET.validation, 'Validation Bits')
  view.setUint8(OFFSET.version, info.version ?? 0)
  view.setUint8(OFFSET.length, info.length ?? ARM_ERROR_INFO_SIZE)
  view.setUint16(OFFSET.validation, Number(validation))
  view.setUint8(OFFSET.type, info.type)
}
