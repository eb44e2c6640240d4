import { requireFits } from './format-error.ts'
import type { WordParts } from './layout.ts'

/** Exception classes that hardware errors use. */
export const EC = {
  hvc64: 0x16,
  smc64: 0x17,
  instructionAbortLowerEl: 0x20,
  instructionAbortSameEl: 0x21,
  dataAbortLowerEl: 0x24,
  dataAbortSameEl: 0x25,
  serror: 0x2f
} as const

const EC_PLACE = { shift: 26n, mask: 0x3fn } as const
const IL = 1n << 25n
export const ESR_ISS_MASK = 0x1ffffffn
/** The bits that the class of every exception says. */
export const EC_AND_IL = (EC_PLACE.mask << EC_PLACE.shift) | IL

/** The parts of every syndrome, and its ISS where the class says nothing of that here. */
export const ESR_PARTS = { il: IL, ec: EC_PLACE, upper: { shift: 32n, mask: 0xffffffffn } } as const satisfies WordParts
export const ISS_PARTS = { iss: { shift: 0n, mask: ESR_ISS_MASK } } as const satisfies WordParts

/** The syndrome split in its three fields; `upper` is what lies above bit 31 (KVM of Linux 6.1 leaves ones there). */
export interface Esr {
  readonly ec: number
  readonly il: boolean
  readonly iss: number
  readonly upper?: bigint
}

/**
 * ESR_ELx.
 *
 * Spec: Arm ARM (DDI 0487), ESR_ELx; Linux 6.1, arch/arm64/include/asm/esr.h.
 * Fidelity: omits ISS2 (bits 36:32), which stays in `upper`.
 */
export function decodeEsr(esr: bigint): Esr {
  const upper = esr >> 32n
  return {
    ec: Number((esr >> EC_PLACE.shift) & EC_PLACE.mask),
    il: (esr & IL) !== 0n,
    iss: Number(esr & ESR_ISS_MASK),
    ...(upper !== 0n ? { upper } : {})
  }
}

/** Throws FormatError when a field does not fit. */
export function encodeEsr({ ec, il, iss, upper = 0n }: Esr): bigint {
  requireFits(ec, 6, 0, 'EC')
  requireFits(iss, 25, 0, 'ISS')
  requireFits(upper, 32, 0, 'the upper half of ESR')
  return (upper << 32n) | (BigInt(ec) << EC_PLACE.shift) | (il ? IL : 0n) | BigInt(iss)
}

/** A syndrome with the bits that no field says laid under it. */
export function over(kept: bigint | undefined, esr: bigint): bigint {
  requireFits(kept ?? 0n, 64, 0, 'the kept bits of an ESR')
  return (kept ?? 0n) | esr
}

export function isDataAbort(esr: bigint): boolean {
  const { ec } = decodeEsr(esr)
  return ec === EC.dataAbortLowerEl || ec === EC.dataAbortSameEl
}

export function isInstructionAbort(esr: bigint): boolean {
  const { ec } = decodeEsr(esr)
  return ec === EC.instructionAbortLowerEl || ec === EC.instructionAbortSameEl
}

/** Whether a syndrome is of the class that this exception has. */
export function fitsException(esr: bigint, exception: 'SEA' | 'SError' | 'stage-2-fault'): boolean {
  return exception === 'SError' ? decodeEsr(esr).ec === EC.serror : isDataAbort(esr) || isInstructionAbort(esr)
}
