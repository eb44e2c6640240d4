import type { Interrupted } from '../../shared/contracts/common.ts'
import { EC, encodeEsr } from '../../shared/formats/esr.ts'
import { encodeDataAbort, encodeInstructionAbort, SET_VALUE, type AbortFields } from '../../shared/formats/esr-abort.ts'
import { AET_VALUE, encodeSError } from '../../shared/formats/esr-serror.ts'
import type { LineError } from './state.ts'

const FSC_TRANSLATION_LEVEL_3 = 0x07
const FSC_SYNCHRONOUS_EXTERNAL_ABORT = 0x10
/** External abort on a table walk, level 0; the levels follow. */
const FSC_SYNCHRONOUS_EXTERNAL_ABORT_ON_WALK = 0x14

/** ESR_ELx.SET by containment; the other classes cannot be told of a synchronous abort (see `error-rules.ts`). */
const SET: Readonly<Record<LineError['containment'], number>> = { ...SET_VALUE, UEU: SET_VALUE.UER, CE: SET_VALUE.UEO }

function abort(access: Interrupted, fields: AbortFields): bigint {
  if (access.access === 'fetch') return encodeInstructionAbort(fields)
  return encodeDataAbort({ ...fields, wnr: access.access === 'store' })
}

/**
 * ESR of a synchronous external abort taken to `el`. Without an error it is an access to an address where nothing answers.
 *
 * Spec: Arm DDI 0487, ESR_ELx, ISS encoding for a Data Abort and for an Instruction Abort.
 * Fidelity: approximates. EA is 0, and so are ISV and with it SAS, SSE, SRT, SF and AR: what was loaded is not known.
 */
export function seaSyndrome(access: Interrupted, el: number, error: LineError | undefined): bigint {
  const set = error === undefined ? SET_VALUE.UER : SET[error.containment]
  const { walk } = access
  const fsc = walk === undefined ? FSC_SYNCHRONOUS_EXTERNAL_ABORT : FSC_SYNCHRONOUS_EXTERNAL_ABORT_ON_WALK + walk
  return abort(access, { lowerEl: access.el < el, fsc, set })
}

/**
 * ESR of an SError: the AET of the error's containment, or whatever the PE says of it, also what is implementation
 * defined (IDS) or uncategorised (DFSC 0).
 *
 * Spec: Arm DDI 0487, ESR_ELx, ISS encoding for an SError exception (FEAT_RAS).
 * Fidelity: exact; IESB and EA are 0 unless the error has a syndrome of its own.
 */
export function serrorSyndrome({ containment, iss }: LineError): bigint {
  if (iss === undefined) return encodeSError({ aet: AET_VALUE[containment] })
  return encodeEsr({ ec: EC.serror, il: true, iss: Number(iss) })
}

/**
 * ESR of a stage 2 fault, which EL2 takes.
 *
 * Spec: Arm DDI 0487, ESR_EL2, ISS encoding for a Data Abort and for an Instruction Abort.
 * Fidelity: approximates. Always a translation fault of level 3, also where a whole block is missing; ISV, SAS, SSE, SRT, SF
 * and AR are 0, so that the access cannot be emulated as MMIO.
 */
export function stage2FaultSyndrome(access: Interrupted): bigint {
  return abort(access, { lowerEl: true, fsc: FSC_TRANSLATION_LEVEL_3, s1ptw: access.walk !== undefined })
}
