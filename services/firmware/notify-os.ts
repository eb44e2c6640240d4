import { apeiNotify, type ApeiNotify } from '../../shared/contracts/host-kernel.ts'
import { exceptionReturn, resumed } from '../../shared/contracts/hardware.ts'
import type { Interrupted, Notification, SourceNotification } from '../../shared/contracts/common.ts'
import { recordUntold } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import { delegatedSyndrome } from './delegated-syndrome.ts'
import type { Cause, ErrorSource, FirmwareState } from './state.ts'

/** How each notification reaches the OS. */
type Way = 'interrupt' | 'poll' | 'exception' | 'event' | 'unmodelled'
const WAY: Readonly<Record<Notification, Way>> = {
  POLLED: 'poll',
  EXTERNAL: 'interrupt',
  LOCAL: 'unmodelled',
  SCI: 'interrupt',
  NMI: 'unmodelled',
  CMCI: 'unmodelled',
  MCE: 'unmodelled',
  GPIO: 'interrupt',
  SEA: 'exception',
  SEI: 'exception',
  GSIV: 'interrupt',
  SDEI: 'event'
}
/** Types whose vector says something: a GSI, or an SDEI event. */
const HAS_VECTOR: ReadonlySet<Notification> = new Set(['EXTERNAL', 'GSIV', 'SDEI'])

/** Whether the notification is itself the way back from the exception: the OS resumes what was interrupted. */
export function carriesException(notify: SourceNotification): boolean {
  return notify !== 'reserved' && (WAY[notify] === 'exception' || WAY[notify] === 'event')
}

/**
 * Tells the OS of the record in a source's block and ends the exception that led to it, if there was one. An interrupt is
 * pended at the GIC and taken once EL3 has returned; a polled source needs nothing; SEA and SEI are the exception,
 * delegated to EL2; an SDEI event runs before the return.
 *
 * Spec: ACPI 6.5, 18.3.2.9; TF-A, services/std_svc/sdei (dispatch).
 * Fidelity: approximates. Interrupts never coalesce and the OS resumes an SDEI-interrupted context itself, after
 * EVENT_COMPLETE; dispatch fails only on a masked PE; NMI, LOCAL, CMCI and MCE do not exist on arm64 and are only said.
 */
export function notifyOs({ sdeiMasked }: FirmwareState, source: ErrorSource, cause: Cause, io: Io): void {
  const { sourceId, notify, vector } = source
  const taken = cause.kind === 'exception' ? cause.taken : undefined
  if (notify === 'reserved') {
    silent(source, 'its notification type is reserved: nothing is known to send', io)
    if (taken !== undefined) returnFromException(taken.interrupted, io)
    return
  }
  const message: ApeiNotify = { source: sourceId, notify, ...(HAS_VECTOR.has(notify) ? { vector } : {}) }
  switch (WAY[notify]) {
    case 'interrupt':
      if (taken !== undefined) returnFromException(taken.interrupted, io)
      io.send(apeiNotify, message)
      return
    case 'poll':
      if (taken !== undefined) returnFromException(taken.interrupted, io)
      return
    case 'exception':
      if (taken === undefined) return silent(source, 'nothing was accessed, so there is no exception to tell it by', io)
      io.send(apeiNotify, {
        ...message,
        ...delegatedSyndrome(taken, notify === 'SEI' ? 'SEI' : 'SEA'),
        interrupted: taken.interrupted
      } satisfies ApeiNotify)
      return
    case 'event':
      if (sdeiMasked) {
        silent(source, 'sdei_dispatch_event() fails: the PE is masked (SDEI_PE_MASK)', io)
        if (taken !== undefined) returnFromException(taken.interrupted, io)
        return
      }
      io.send(apeiNotify, {
        ...message,
        ...(taken === undefined ? {} : { interrupted: taken.interrupted })
      } satisfies ApeiNotify)
      return
    case 'unmodelled':
      silent(source, `an arm64 machine has no notification of type ${notify}`, io)
      if (taken !== undefined) returnFromException(taken.interrupted, io)
  }
}

/** ERET to what the exception interrupted; it executes again. */
export function returnFromException(interrupted: Interrupted, io: Io): void {
  io.command(exceptionReturn, resumed(interrupted))
}

function silent({ sourceId, notify }: ErrorSource, because: string, io: Io): void {
  io.note(recordUntold, { source: sourceId, notify, because })
}
