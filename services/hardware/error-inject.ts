import { hex } from '../../shared/formats/hex.ts'
import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import { errorInterrupt } from '../../shared/contracts/firmware.ts'
import type { ErrorInject } from '../../shared/contracts/hardware.ts'
import { errorOverflow, errorPlanted } from '../../shared/contracts/notes/hardware.ts'
import type { Io } from '../../shared/model/io.ts'
import { errorAt, errorLines, isPoison, lineOf, withError } from './error-lines.ts'
import { brokenErrorRule } from './error-rules.ts'
import { rasRecord } from './ras-node.ts'
import { isRam, type HardwareState, type LineError } from './state.ts'

/**
 * An error comes into being in the line of an address. Signalled by interrupt, the node tells firmware at once and
 * whoever consumes the line later takes an SEA.
 *
 * Spec: Arm DDI 0587 (RAS), 2.6 (overflow: an uncorrected error stays, a corrected one gives way to it).
 * Fidelity: approximates. One error a line; a further one only sets the overflow bit.
 */
export function injectError(state: HardwareState, inject: ErrorInject, io: Io): HardwareState {
  requireRam(state, inject.hostPhysical, io)
  const broken = brokenErrorRule(inject)
  if (broken !== undefined) io.refuse('error-impossible', broken.rule, broken.field)

  const error: LineError = {
    hostPhysical: lineOf(inject.hostPhysical),
    kind: inject.kind,
    signalled: inject.signalled === 'interrupt' ? 'SEA' : inject.signalled,
    containment: inject.containment,
    severity: inject.severity,
    addressValid: inject.addressValid ?? true,
    storesDefer: inject.storesDefer ?? false,
    overflow: false,
    ...(inject.iss === undefined ? {} : { iss: inject.iss }),
    ...(inject.reportsCorrected === true ? { reportsCorrected: true } : {})
  }
  const before = errorAt(state, error.hostPhysical)
  if (before === undefined) requireRoomFor('errorLines', errorLines(state), io, '/hostPhysical')
  const stays = before !== undefined && (isPoison(before) || !isPoison(error))
  const held: LineError = stays ? { ...before, overflow: true } : { ...error, plantedBy: io.id }
  if (stays) io.note(errorOverflow, { ...error, because: 'the line holds an error already; it stays one error' })
  else io.note(errorPlanted, { ...error, signalled: inject.signalled })
  if (inject.signalled !== 'interrupt') return withError(state, held)

  io.send(errorInterrupt, { record: rasRecord(held, 'deferred') })
  // What a scrubber corrects is written back at once.
  return isPoison(held) ? withError(state, held) : state
}

export function requireRam(state: HardwareState, hostPhysical: bigint, io: Io): void {
  if (isRam(state, hostPhysical)) return
  io.refuse('address-outside-memory', `${hex(hostPhysical)} is not RAM of this machine`, '/hostPhysical')
}
