import type { RasRecord } from '../../shared/contracts/common.ts'
import { encodeErrStatus, ERR_CE, ERR_UET, type ErrStatus } from '../../shared/formats/err-record.ts'
import type { LineError } from './state.ts'

/** ERR<n>STATUS.SERR, the primary error code (indexes `ERR_SERR`). */
const SERR: Readonly<Record<LineError['kind'], number>> = {
  memory: 0x0c,
  cache: 0x06,
  tlb: 0x08,
  bus: 0x12
}

/**
 * What the error record of the node holds once the error was detected: `consumed` when a PE read the bad data, `deferred`
 * when the node found it by itself (a patrol scrubber) and nobody has used it.
 *
 * Spec: Arm DDI 0587 (RAS System Architecture), ERR<n>STATUS, ERR<n>ADDR.
 * Fidelity: approximates. IERR, ER, PN and the MISC registers stay 0; one record per error, none is ever lost.
 */
export function rasRecord(error: LineError, how: 'consumed' | 'deferred'): RasRecord {
  const { kind, severity, hostPhysical, addressValid } = error
  const status = encodeErrStatus({
    v: true,
    av: addressValid,
    of: error.overflow,
    serr: SERR[kind],
    ...howFar(error, how)
  })
  return { status, ...(addressValid ? { hostPhysical } : {}), kind, severity }
}

function howFar({ containment }: LineError, how: 'consumed' | 'deferred'): Partial<ErrStatus> {
  if (containment === 'CE') return { ce: ERR_CE.nonSpecific }
  return how === 'deferred' ? { de: true } : { ue: true, uet: ERR_UET[containment] }
}
