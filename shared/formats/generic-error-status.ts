import type { WordParts } from './layout.ts'

/** Codes of bits 15:8. */
export const ERROR_STATUS_TYPE: ReadonlyMap<number, string> = new Map([
  [1, 'internal to component'],
  [4, 'DRAM storage'],
  [5, 'TLB storage'],
  [6, 'cache storage'],
  [7, 'functional unit'],
  [8, 'self-test'],
  [9, 'queue overflow or underflow'],
  [16, 'bus error'],
  [17, 'virtual address not found on IO-TLB or IO-PDIR'],
  [18, 'improper access'],
  [19, 'access to unmapped address'],
  [20, 'loss of lockstep'],
  [21, 'response without request'],
  [22, 'bus parity'],
  [23, 'protocol error'],
  [24, 'path error'],
  [25, 'bus timeout'],
  [26, 'read of poisoned data']
])

const TYPE_SHIFT = 8n
const TYPE_MASK = 0xffn
const BIT = {
  addressSignal: 16n,
  controlSignal: 17n,
  dataSignal: 18n,
  detectedByResponder: 19n,
  detectedByRequestor: 20n,
  firstError: 21n,
  overflow: 22n
} as const
/** The parts of the word. */
export const GENERIC_ERROR_STATUS_PARTS: WordParts = {
  type: { shift: TYPE_SHIFT, mask: TYPE_MASK },
  ...Object.fromEntries(Object.entries(BIT).map(([name, bit]) => [name, 1n << bit]))
}
const BIT_NAMES = Object.keys(BIT) as readonly (keyof typeof BIT)[]

/**
 * The 64-bit error status word of memory and bus sections.
 *
 * Spec: UEFI 2.10, Appendix N (Error Status).
 * Fidelity: exact.
 */
export interface GenericErrorStatus {
  readonly type: number
  readonly addressSignal: boolean
  readonly controlSignal: boolean
  readonly dataSignal: boolean
  readonly detectedByResponder: boolean
  readonly detectedByRequestor: boolean
  readonly firstError: boolean
  readonly overflow: boolean
  /** Reserved bits, where one is set. */
  readonly kept?: bigint
}

const SAID = BIT_NAMES.reduce((mask, name) => mask | (1n << BIT[name]), TYPE_MASK << TYPE_SHIFT)

export function decodeGenericErrorStatus(word: bigint): GenericErrorStatus {
  const has = (bit: bigint): boolean => ((word >> bit) & 1n) === 1n
  const kept = word & ~SAID
  return {
    type: Number((word >> TYPE_SHIFT) & TYPE_MASK),
    addressSignal: has(BIT.addressSignal),
    controlSignal: has(BIT.controlSignal),
    dataSignal: has(BIT.dataSignal),
    detectedByResponder: has(BIT.detectedByResponder),
    detectedByRequestor: has(BIT.detectedByRequestor),
    firstError: has(BIT.firstError),
    overflow: has(BIT.overflow),
    ...(kept === 0n ? {} : { kept })
  }
}

export function encodeGenericErrorStatus(status: Partial<GenericErrorStatus>): bigint {
  let word = (status.kept ?? 0n) | ((BigInt(status.type ?? 0) & TYPE_MASK) << TYPE_SHIFT)
  for (const name of BIT_NAMES) if (status[name]) word |= 1n << BIT[name]
  return word
}
