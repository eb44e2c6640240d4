import { decodeEsr, EC, EC_AND_IL, encodeEsr, isDataAbort, isInstructionAbort, over } from './esr.ts'
import { FormatError, requireFits } from './format-error.ts'
import { hex } from './hex.ts'
import type { WordParts } from './layout.ts'

/** Syndromes of data and instruction aborts. */

/** ISS of data and instruction aborts. */
const ISV = 1n << 24n
const SAS = { shift: 22n, mask: 3n } as const
const SSE = 1n << 21n
const SRT = { shift: 16n, mask: 0x1fn } as const
const SF = 1n << 15n
const AR = 1n << 14n
const SET = { shift: 11n, mask: 3n } as const
const FNV = 1n << 10n
const EA = 1n << 9n
const CM = 1n << 8n
const S1PTW = 1n << 7n
const WNR = 1n << 6n
const FSC_MASK = 0x3fn

/** The parts of an abort's ISS; those of the access mean something only where ISV is set. */
export const ABORT_PARTS = {
  fsc: { shift: 0n, mask: FSC_MASK },
  wnr: WNR,
  s1ptw: S1PTW,
  cm: CM,
  ea: EA,
  fnv: FNV,
  set: SET
} as const satisfies WordParts
export const ISV_PART = { isv: ISV } as const satisfies WordParts
export const ACCESS_PARTS = { ...ISV_PART, sas: SAS, sse: SSE, srt: SRT, sf: SF, ar: AR } as const satisfies WordParts

const ACCESS = ISV | (SAS.mask << SAS.shift) | SSE | (SRT.mask << SRT.shift) | SF | AR
const SAID_BY_ABORT = EC_AND_IL | (SET.mask << SET.shift) | FNV | EA | CM | S1PTW | WNR | FSC_MASK

/** Synchronous error type of an abort (with RAS). */
export const SET_VALUE = { UER: 0, UC: 2, UEO: 3 } as const
/** DFSC and IFSC. */
export const FSC_NAME: ReadonlyMap<number, string> = new Map([
  ...levels(0x00, 'address size fault'),
  ...levels(0x04, 'translation fault'),
  ...levels(0x08, 'access flag fault'),
  ...levels(0x0c, 'permission fault'),
  [0x10, 'synchronous external abort'],
  [0x11, 'synchronous tag check fault'],
  [0x13, 'synchronous external abort on translation table walk, level -1'],
  ...levels(0x14, 'synchronous external abort on translation table walk'),
  [0x18, 'synchronous parity or ECC error'],
  [0x1b, 'synchronous parity or ECC error on translation table walk, level -1'],
  ...levels(0x1c, 'synchronous parity or ECC error on translation table walk'),
  [0x21, 'alignment fault'],
  [0x30, 'TLB conflict abort'],
  [0x34, 'implementation defined fault (lockdown)'],
  [0x35, 'implementation defined fault (unsupported exclusive)']
])

function levels(first: number, name: string): [number, string][] {
  return [0, 1, 2, 3].map((level) => [first + level, `${name}, level ${level}`])
}

/** What was loaded or stored and with which register; there only when ISV is set. */
export interface AccessSyndrome {
  /** log2 of the access size in bytes. */
  readonly sas: number
  readonly sse: boolean
  readonly srt: number
  readonly sf: boolean
  readonly ar: boolean
}

/** Data or instruction abort. */
export interface Abort {
  /** Taken from a lower exception level (user code, or a guest at EL2). */
  readonly lowerEl: boolean
  readonly il: boolean
  readonly access?: AccessSyndrome
  readonly set: number
  /** FAR is not valid. */
  readonly fnv: boolean
  readonly ea: boolean
  readonly cm: boolean
  readonly s1ptw: boolean
  readonly wnr: boolean
  readonly fsc: number
  /** Bits of the syndrome that no field here says, where one is set: ISS2, VNCR, what has no ISV. */
  readonly kept?: bigint
}

/** The few that a caller must say; the rest is 0, and IL 1, unless given. */
export type AbortFields = Pick<Abort, 'lowerEl' | 'fsc'> & Partial<Abort>

function abortIss(abort: AbortFields): bigint {
  requireFits(abort.fsc, 6, 0, 'FSC')
  requireFits(abort.set ?? 0, 2, 0, 'SET')
  const { access } = abort
  let iss = BigInt(abort.fsc) | (BigInt(abort.set ?? 0) << SET.shift)
  if (abort.fnv) iss |= FNV
  if (abort.ea) iss |= EA
  if (abort.cm) iss |= CM
  if (abort.s1ptw) iss |= S1PTW
  if (abort.wnr) iss |= WNR
  if (access === undefined) return iss
  requireFits(access.sas, 2, 0, 'SAS')
  requireFits(access.srt, 5, 0, 'SRT')
  iss |= ISV | (BigInt(access.sas) << SAS.shift) | (BigInt(access.srt) << SRT.shift)
  if (access.sse) iss |= SSE
  if (access.sf) iss |= SF
  if (access.ar) iss |= AR
  return iss
}

/** ESR of a data abort. */
export function encodeDataAbort(abort: AbortFields): bigint {
  const ec = abort.lowerEl ? EC.dataAbortLowerEl : EC.dataAbortSameEl
  return withAbortKept(abort, encodeEsr({ ec, il: abort.il ?? true, iss: Number(abortIss(abort)) }))
}

function withAbortKept({ kept = 0n, access }: AbortFields, esr: bigint): bigint {
  return over(access === undefined ? kept : kept & ~ACCESS, esr)
}

/** ESR of an instruction abort. */
export function encodeInstructionAbort(abort: Omit<AbortFields, 'access' | 'wnr' | 'cm'>): bigint {
  const ec = abort.lowerEl ? EC.instructionAbortLowerEl : EC.instructionAbortSameEl
  return withAbortKept(abort, encodeEsr({ ec, il: abort.il ?? true, iss: Number(abortIss(abort)) }))
}

/** Fields of an abort; throws FormatError for any other exception class. */
export function decodeAbort(esr: bigint): Abort {
  const { ec, il } = decodeEsr(esr)
  if (!isDataAbort(esr) && !isInstructionAbort(esr)) {
    throw new FormatError('EC of an abort is 0x20, 0x21, 0x24 or 0x25', 0, hex(ec))
  }
  const field = ({ shift, mask }: { readonly shift: bigint; readonly mask: bigint }): number =>
    Number((esr >> shift) & mask)
  const has = (bit: bigint): boolean => (esr & bit) !== 0n
  const hasAccess = has(ISV) && isDataAbort(esr)
  const kept = esr & ~(SAID_BY_ABORT | (hasAccess ? ACCESS : 0n))
  return {
    lowerEl: ec === EC.dataAbortLowerEl || ec === EC.instructionAbortLowerEl,
    il,
    ...(hasAccess ? { access: { sas: field(SAS), sse: has(SSE), srt: field(SRT), sf: has(SF), ar: has(AR) } } : {}),
    set: field(SET),
    fnv: has(FNV),
    ea: has(EA),
    cm: has(CM),
    s1ptw: has(S1PTW),
    wnr: has(WNR),
    fsc: Number(esr & FSC_MASK),
    ...(kept === 0n ? {} : { kept })
  }
}
