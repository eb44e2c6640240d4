import { FormatError } from './format-error.ts'

/** Bytes of one record in the memory-mapped view, and where its registers are. */
export const ERR_RECORD_SIZE = 64
export const ERR_RECORD_OFFSET = { FR: 0x00, CTLR: 0x08, STATUS: 0x10, ADDR: 0x18, MISC0: 0x20, MISC1: 0x28 } as const

/** Name, lowest bit, width of the fields of ERR<n>STATUS; a field of width 1 is a yes or no. */
export const ERR_STATUS_FIELDS = [
  ['av', 31, 1],
  ['v', 30, 1],
  ['ue', 29, 1],
  ['er', 28, 1],
  ['of', 27, 1],
  ['mv', 26, 1],
  ['ce', 24, 2],
  ['de', 23, 1],
  ['pn', 22, 1],
  ['uet', 20, 2],
  ['ierr', 8, 8],
  ['serr', 0, 8]
] as const

/** CE: corrected error. */
export const ERR_CE = { none: 0, transient: 1, nonSpecific: 2, persistent: 3 } as const
/** UET: uncorrected error type, meaningful with UE. */
export const ERR_UET = { UC: 0, UEU: 1, UEO: 2, UER: 3 } as const
/** SERR: architecturally defined primary error code, indexed by value. */
export const ERR_SERR = [
  'no error',
  'implementation defined error',
  'data value from internal memory',
  'implementation defined pin',
  'assertion failure',
  'internal data path',
  'data value from associative memory',
  'address or control value from associative memory',
  'data value from a TLB',
  'address or control value from a TLB',
  'data value from a producer',
  'address or control value from a producer',
  'data value from external memory',
  'illegal address',
  'illegal access',
  'illegal state',
  'internal data register',
  'internal control register',
  'error response from a completer',
  'external timeout',
  'internal timeout',
  'deferred error from a completer not supported at the requester'
] as const

export type ErrStatus = {
  readonly [Row in (typeof ERR_STATUS_FIELDS)[number] as Row[0]]: Row[2] extends 1 ? boolean : number
} & {
  /** Bits without a field here, only when one is set. */
  readonly other?: bigint
}

const KNOWN = ERR_STATUS_FIELDS.reduce(
  (mask, [, shift, width]) => mask | (((1n << BigInt(width)) - 1n) << BigInt(shift)),
  0n
)

/**
 * ERR<n>STATUS. AV says that ADDR holds the address, V that the record holds an error, MV that MISC is written.
 *
 * Spec: Arm RAS System Architecture (DDI 0587), ERR<n>STATUS; TF-A, include/lib/extensions/ras_arch.h.
 * Fidelity: omits CI, RV and the fields of later editions, which stay in `other`.
 */
export function decodeErrStatus(word: bigint): ErrStatus {
  const status: Record<string, number | boolean | bigint> = {}
  for (const [name, shift, width] of ERR_STATUS_FIELDS) {
    const bits = Number((word >> BigInt(shift)) & ((1n << BigInt(width)) - 1n))
    status[name] = width === 1 ? bits !== 0 : bits
  }
  const other = word & ~KNOWN
  if (other !== 0n) status['other'] = other
  return status as unknown as ErrStatus
}

/** The register value; fields left out are 0. Throws FormatError when a value does not fit. */
export function encodeErrStatus(status: Partial<ErrStatus>): bigint {
  let word = status.other ?? 0n
  for (const [name, shift, width] of ERR_STATUS_FIELDS) {
    const bits = Number(status[name] ?? 0)
    if (!Number.isInteger(bits) || bits < 0 || bits >= 1 << width) {
      throw new FormatError(`${name} is a ${width}-bit field of ERR<n>STATUS`, shift >> 3, String(status[name]))
    }
    word |= BigInt(bits) << BigInt(shift)
  }
  return word
}
