import { hex } from '../../shared/formats/hex.ts'
import type { ExceptionTaken, RasRecord } from '../../shared/contracts/common.ts'
import { recordLost } from '../../shared/contracts/notes/firmware.ts'
import { fitsException } from '../../shared/formats/esr.ts'
import type { Io } from '../../shared/model/io.ts'
import { buildRecord, errorName } from './build-record.ts'
import { chooseSource } from './choose-source.ts'
import { returnFromException } from './notify-os.ts'
import { panic } from './panic.ts'
import { PROFILES } from './profiles.ts'
import { publish } from './publish.ts'
import type { Cause, FirmwareState } from './state.ts'

/**
 * An external abort or SError reaches EL3. In this order: an uncontainable error is the end; the RAS nodes are asked what
 * they recorded, and nothing is the end too; else the record is published and the OS is told.
 *
 * Spec: TF-A v2.12.0, lib/extensions/ras/ras_common.c, ras_ea_handler; plat/common/aarch64/plat_common.c,
 * plat_default_ea_handler; profiles.ts for what is uncontainable.
 * Fidelity: approximates. One exception at a time, so no double fault and no nested SError; one node has a record.
 */
export function takeException(state: FirmwareState, taken: ExceptionTaken, io: Io): FirmwareState {
  if (taken.exception === 'stage-2-fault') {
    io.refuse('field-invalid', 'a stage 2 fault is taken to EL2, never to EL3', '/exception')
  }
  if (taken.el !== 3) io.refuse('field-invalid', `firmware takes exceptions to EL3, not EL${taken.el}`, '/el')
  if (!fitsException(taken.esr, taken.exception)) {
    io.refuse('field-invalid', `${hex(taken.esr)} is no syndrome of an ${taken.exception}`, '/esr')
  }
  const what = `${taken.exception} with ESR_EL3 ${hex(taken.esr)}`
  if (PROFILES[state.profile].isUncontainable(taken)) return panic(state, `${what} is uncontainable`, io)
  if (taken.record === undefined) return panic(state, `${what}: no RAS node has a record of it (zero handled)`, io)
  return report(state, taken.record, { kind: 'exception', taken }, io)
}

/**
 * The fault handling interrupt of a RAS node: an error that nobody has consumed.
 *
 * Spec: TF-A 2.12, lib/extensions/ras/ras_common.c, ras_interrupt_handler.
 * Fidelity: approximates. The interrupt number is the node.
 */
export function takeErrorInterrupt(state: FirmwareState, record: RasRecord, io: Io): FirmwareState {
  return report(state, record, { kind: 'interrupt' }, io)
}

function report(state: FirmwareState, record: RasRecord, cause: Cause, io: Io): FirmwareState {
  const source = chooseSource(state, record.severity, cause, io)
  if (source === undefined) {
    io.note(recordLost, { because: 'the HEST has no source that could tell it' })
    if (cause.kind === 'exception') returnFromException(state, cause.taken, io)
    return state
  }
  const pending = {
    bytes: buildRecord(record),
    severity: record.severity,
    error: errorName(record),
    cause,
    reportedBy: io.id
  }
  return publish(state, source, pending, io)
}
