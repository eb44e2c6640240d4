import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import {
  decodeAbort,
  encodeDataAbort,
  encodeInstructionAbort,
  SET_VALUE,
  type AbortFields
} from '../../shared/formats/esr-abort.ts'
import { AET_VALUE, encodeSError } from '../../shared/formats/esr-serror.ts'

const FSC_SYNCHRONOUS_EXTERNAL_ABORT = 0x10

/** ESR_ELx.AET of the same error told as an SError, by ESR_ELx.SET. */
const AET_OF_SET: ReadonlyMap<number, number> = new Map([
  [SET_VALUE.UER, AET_VALUE.UER],
  [SET_VALUE.UC, AET_VALUE.UC],
  [SET_VALUE.UEO, AET_VALUE.UEO]
])

/** What EL3 writes into the registers of EL2 before it delegates an exception. */
export interface Delegated {
  readonly esr: bigint
  /** Absent when ESR.FnV is set, and for an SError. */
  readonly far?: bigint
}

/**
 * The exception as EL2 is to see it. Taken and told as the same kind, the syndrome is copied; only the class of an abort
 * from EL2 itself becomes that of its own level. Told as the other kind, firmware writes a syndrome of its own: an
 * SError has no fault address, so that an SEA made of it has FnV.
 *
 * Spec: Arm DDI 0487, ESR_ELx; TF-A after 2.15, bl31/bl31_traps.c, inject_sync_ea64 (the syndrome is copied).
 * Fidelity: exact for a copied syndrome; telling one kind as the other is ours, as nothing forbids firmware to do it.
 */
export function delegatedSyndrome(taken: ExceptionTaken, as: 'SEA' | 'SEI'): Delegated {
  return as === 'SEA' ? asSea(taken) : asSei(taken)
}

function asSea({ exception, esr, far, interrupted }: ExceptionTaken): Delegated {
  const lowerEl = interrupted.el < 2
  const abort: AbortFields =
    exception === 'SError'
      ? { lowerEl, fsc: FSC_SYNCHRONOUS_EXTERNAL_ABORT, fnv: true, wnr: interrupted.access === 'store' }
      : { ...decodeAbort(esr), lowerEl, fnv: far === undefined }
  const encoded = interrupted.access === 'fetch' ? encodeInstructionAbort(abort) : encodeDataAbort(abort)
  return { esr: encoded, ...(abort.fnv || far === undefined ? {} : { far }) }
}

function asSei({ exception, esr }: ExceptionTaken): Delegated {
  if (exception === 'SError') return { esr }
  return { esr: encodeSError({ aet: AET_OF_SET.get(decodeAbort(esr).set) ?? AET_VALUE.UC }) }
}
