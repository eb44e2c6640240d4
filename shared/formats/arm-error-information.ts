import { FormatError } from './format-error.ts'

/** Transaction type, bits 17:16. */
export const ARM_TRANSACTION_TYPE = ['instruction', 'data access', 'generic'] as const
const OPERATION = [
  'generic error',
  'generic read',
  'generic write',
  'data read',
  'data write',
  'instruction fetch',
  'prefetch'
] as const
/** Operation, bits 21:18, by kind of error. */
export const ARM_OPERATION = {
  cache: [...OPERATION, 'eviction', 'snooping', 'snooped', 'management'],
  TLB: [...OPERATION, 'local management', 'external management'],
  bus: OPERATION
} as const
export const ARM_PARTICIPATION_TYPE = ['local originated', 'local responded', 'local observed', 'generic'] as const
export const ARM_ADDRESS_SPACE = ['external memory', 'internal memory', 'unknown', 'device memory'] as const
export const ARM_ACCESS_MODE = ['secure', 'normal'] as const

export type ArmInformationRow = readonly [name: string, shift: number, width: number, valid: number, flag?: true]

/** Name, lowest bit, width, validation bit, and whether it is a yes or no. Cache and TLB errors have these. */
export const ARM_CACHE_INFORMATION = [
  ['transactionType', 16, 2, 0],
  ['operation', 18, 4, 1],
  ['level', 22, 3, 2],
  ['processorContextCorrupt', 25, 1, 3, true],
  ['corrected', 26, 1, 4, true],
  ['precisePc', 27, 1, 5, true],
  ['restartablePc', 28, 1, 6, true]
] as const satisfies readonly ArmInformationRow[]
/** Bus errors have these too; their level is the affinity level. */
export const ARM_BUS_INFORMATION = [
  ...ARM_CACHE_INFORMATION,
  ['participationType', 29, 2, 7],
  ['timedOut', 31, 1, 8, true],
  ['addressSpace', 32, 2, 9],
  ['memoryAttributes', 34, 9, 10],
  ['accessMode', 43, 1, 11]
] as const satisfies readonly ArmInformationRow[]

type Values<Rows extends readonly ArmInformationRow[]> = {
  readonly [R in Rows[number] as R[0]]?: R[4] extends true ? boolean : number
} & {
  /** Reserved bits, and content of fields whose validation bit is clear. */
  readonly kept?: bigint
}
export type ArmCacheInformation = Values<typeof ARM_CACHE_INFORMATION>
export type ArmBusInformation = Values<typeof ARM_BUS_INFORMATION>

/** The bits of a field, its validation bit among them. */
const bitsOf = ([, shift, width, valid]: ArmInformationRow): bigint =>
  (((1n << BigInt(width)) - 1n) << BigInt(shift)) | (1n << BigInt(valid))

function decode(rows: readonly ArmInformationRow[], word: bigint): Record<string, number | boolean | bigint> {
  const low = Number(word & 0xffffffffn)
  const high = Number((word >> 32n) & 0xffffffffn)
  const values: Record<string, number | boolean | bigint> = {}
  let kept = word
  for (const row of rows) {
    const [name, shift, width, valid, flag] = row
    if ((low & (1 << valid)) === 0) continue
    const bits = (shift < 32 ? low >>> shift : high >>> (shift - 32)) & ((1 << width) - 1)
    values[name] = flag ? bits !== 0 : bits
    kept &= ~bitsOf(row)
  }
  if (kept !== 0n) values['kept'] = kept
  return values
}

function encode(
  rows: readonly ArmInformationRow[],
  values: Readonly<Record<string, number | boolean | bigint | undefined>>
): bigint {
  let word = rows.reduce((kept, row) => (values[row[0]] === undefined ? kept : kept & ~bitsOf(row)), keptOf(values))
  for (const [name, shift, width, valid] of rows) {
    const value = values[name]
    if (value === undefined) continue
    const bits = Number(value)
    if (!Number.isInteger(bits) || bits < 0 || bits >= 1 << width) {
      throw new FormatError(`${name} is a ${width}-bit field of the error information`, shift >> 3, String(value))
    }
    word |= (1n << BigInt(valid)) | (BigInt(bits) << BigInt(shift))
  }
  return word
}

const keptOf = ({ kept }: Readonly<Record<string, number | boolean | bigint | undefined>>): bigint => BigInt(kept ?? 0n)

/**
 * Error Information word of a cache or TLB error; a field is there when its validation bit is set.
 *
 * Spec: UEFI 2.10, N.2.4.4.1 (cache, TLB and bus error structures).
 * Fidelity: exact. A micro-architectural error is all vendor defined.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function decodeArmCacheInformation(word: bigint): ArmCacheInformation {
  return decode(ARM_CACHE_INFORMATION, word)
}

/** Error Information word of a bus error. */
export function decodeArmBusInformation(word: bigint): ArmBusInformation {
  return decode(ARM_BUS_INFORMATION, word)
}

/** Throws FormatError when a value does not fit. */
export function encodeArmCacheInformation(information: ArmCacheInformation): bigint {
  return encode(ARM_CACHE_INFORMATION, information)
}

/** Throws FormatError when a value does not fit. */
export function encodeArmBusInformation(information: ArmBusInformation): bigint {
  return encode(ARM_BUS_INFORMATION, information)
}
