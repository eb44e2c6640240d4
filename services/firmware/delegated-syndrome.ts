import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import {
  AET_VALUE,
  decodeAbort,
  decodeSError,
  DFSC_SERROR,
  encodeDataAbort,
  encodeInstructionAbort,
  encodeSError,
  SET_VALUE,
  type AbortFields
} from '../../shared/formats/esr.ts'

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
 * Spec: TF-A, common/runtime_svc.c, inject_sync_ea64; Arm DDI 0487, ESR_ELx.
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

/**
 * Whether the error has left every boundary, so that no further step is safe.
 *
 * Spec: TF-A 2.12, bl31/aarch64/ea_delegate.S, delegate_sync_ea and delegate_async_ea.
 * Fidelity: exact for v2.12; later C code has another rule for synchronous aborts.
 */
export function isUncontainable({ exception, esr }: ExceptionTaken): boolean {
  if (exception === 'SEA') {
    const { set, fsc } = decodeAbort(esr)
    return set === SET_VALUE.UC && fsc === FSC_SYNCHRONOUS_EXTERNAL_ABORT
  }
  const serror = decodeSError(esr)
  return !serror.ids && serror.dfsc === DFSC_SERROR && serror.aet === AET_VALUE.UC
}
