import { decodeEsr, EC, EC_AND_IL, encodeEsr, ESR_ISS_MASK, over } from './esr.ts'
import { FormatError, requireFits } from './format-error.ts'
import { hex } from './hex.ts'
import type { WordParts } from './layout.ts'

/** Syndromes of SErrors. */

/** ISS of an SError. */
const IDS = 1n << 24n
const IESB = 1n << 13n
const AET = { shift: 10n, mask: 7n } as const
const EA = 1n << 9n
const DFSC_MASK = 0x3fn

/** The parts of an SError's ISS, and those where IDS is set. */
export const SERROR_PARTS = {
  dfsc: { shift: 0n, mask: DFSC_MASK },
  ea: EA,
  aet: AET,
  iesb: IESB,
  ids: IDS
} as const satisfies WordParts
export const SERROR_IDS_PARTS = { iss: { shift: 0n, mask: ESR_ISS_MASK & ~IDS }, ids: IDS } as const satisfies WordParts

const SAID_BY_SERROR = EC_AND_IL | IDS | IESB | (AET.mask << AET.shift) | EA | DFSC_MASK

/** Asynchronous SError: the only DFSC with which AET means something. */
export const DFSC_SERROR = 0x11

/** Asynchronous error type of an SError. */
export const AET_VALUE = { UC: 0, UEU: 1, UEO: 2, UER: 3, CE: 6 } as const

/** SError: `ids` says that the rest of the ISS is implementation defined, in `iss`; `kept` are bits without a field. */
export type SError = { readonly il: boolean; readonly kept?: bigint } & (
  | { readonly ids: true; readonly iss: number }
  | {
      readonly ids: false
      readonly iesb: boolean
      readonly aet: number
      readonly ea: boolean
      readonly dfsc: number
    }
)

/** The few that a caller must say; `dfsc` is 0x11 (the only one with an AET) and IL 1 unless given. */
export type SErrorFields = { readonly il?: boolean; readonly kept?: bigint } & (
  | { readonly ids: true; readonly iss?: number }
  | {
      readonly ids?: false
      readonly iesb?: boolean
      readonly aet: number
      readonly ea?: boolean
      readonly dfsc?: number
    }
)

/** ESR of an SError; throws FormatError when a field does not fit. */
export function encodeSError(serror: SErrorFields): bigint {
  const il = serror.il ?? true
  if (serror.ids) {
    requireFits(serror.iss ?? 0, 24, 0, 'implementation defined ISS')
    return over(serror.kept, encodeEsr({ ec: EC.serror, il, iss: Number(IDS) | (serror.iss ?? 0) }))
  }
  const dfsc = serror.dfsc ?? DFSC_SERROR
  requireFits(serror.aet, 3, 0, 'AET')
  requireFits(dfsc, 6, 0, 'DFSC')
  const iss = BigInt(dfsc) | (BigInt(serror.aet) << AET.shift) | (serror.iesb ? IESB : 0n) | (serror.ea ? EA : 0n)
  return over(serror.kept, encodeEsr({ ec: EC.serror, il, iss: Number(iss) }))
}

/** Fields of an SError; throws FormatError for any other exception class. */
export function decodeSError(esr: bigint): SError {
  const { ec, il, iss } = decodeEsr(esr)
  if (ec !== EC.serror) throw new FormatError('EC of an SError is 0x2f', 0, hex(ec))
  const ids = (esr & IDS) !== 0n
  const kept = esr & ~(ids ? EC_AND_IL | ESR_ISS_MASK : SAID_BY_SERROR)
  const rest = kept === 0n ? {} : { kept }
  if (ids) return { il, ids, iss: iss & ~Number(IDS), ...rest }
  return {
    il,
    ids: false,
    iesb: (esr & IESB) !== 0n,
    aet: Number((esr >> AET.shift) & AET.mask),
    ea: (esr & EA) !== 0n,
    dfsc: Number(esr & DFSC_MASK),
    ...rest
  }
}
