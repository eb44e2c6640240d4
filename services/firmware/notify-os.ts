import { apeiNotify, type ApeiNotify } from '../../shared/contracts/host-kernel.ts'
import { exceptionReturn, resumed } from '../../shared/contracts/hardware.ts'
import type { ExceptionTaken, Notification, SourceNotification } from '../../shared/contracts/common.ts'
import { recordUntold } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import { delegatedSyndrome } from './delegated-syndrome.ts'
import { injectSyncEa } from './inject-sync-ea.ts'
import { panic } from './panic.ts'
import { PROFILES } from './profiles.ts'
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

/** Whether the notification is an exception that the OS takes. */
export function isException(notify: SourceNotification): boolean {
  return notify !== 'reserved' && WAY[notify] === 'exception'
}

/** Whether the notification is itself the way back from the exception: the OS resumes what was interrupted. */
export function carriesException(notify: SourceNotification): boolean {
  return notify !== 'reserved' && (WAY[notify] === 'exception' || WAY[notify] === 'event')
}

/**
 * Tells the OS of the record in a source's block and ends the exception that led to it, if there was one. An interrupt is
 * pended at the GIC and taken once EL3 has returned; a polled source needs nothing; SEA and SEI are the exception,
 * delegated to EL2; an SDEI event runs before the return. Whatever is in the block, the exception is never kept.
 *
 * A dispatch that fails while an exception is handled is a platform panic; of a fault handling interrupt it is only said.
 *
 * Spec: ACPI 6.5, 18.3.2.9; TF-A v2.12.0, services/std_svc/sdei/sdei_intr_mgmt.c, sdei_dispatch_event;
 * plat/arm/board/fvp/aarch64/fvp_ras.c, injected_fault_handler (panic());
 * plat/arm/board/neoverse_rd/common/ras/nrd_ras_cpu.c, nrd_ras_cpu_intr_handler (a line in the log).
 * Fidelity: approximates. Interrupts never coalesce and the OS resumes an SDEI-interrupted context itself, after
 * EVENT_COMPLETE; dispatch fails only on a masked PE; NMI, LOCAL, CMCI and MCE do not exist on arm64 and are only said.
 */
export function notifyOs(state: FirmwareState, source: ErrorSource, cause: Cause, io: Io): FirmwareState {
  const { sourceId, notify, vector } = source
  const taken = cause.kind === 'exception' ? cause.taken : undefined
  const back = () => {
    if (taken !== undefined) returnFromException(state, taken, io)
    return state
  }
  if (notify === 'reserved') {
    silent(source, 'its notification type is reserved: nothing is known to send', io)
    return back()
  }
  const message: ApeiNotify = { source: sourceId, notify, ...(HAS_VECTOR.has(notify) ? { vector } : {}) }
  switch (WAY[notify]) {
    case 'interrupt':
      back()
      io.send(apeiNotify, message)
      return state
    case 'poll':
      return back()
    case 'exception':
      if (cause.kind === 'delegated') return state
      if (taken === undefined) silent(source, 'nothing was accessed, so there is no exception to tell it by', io)
      else if (notify === 'SEA' && PROFILES[state.profile].afterSea === 'inject') injectSyncEa(taken, io)
      else {
        const syndrome = delegatedSyndrome(taken, notify === 'SEI' ? 'SEI' : 'SEA')
        io.send(apeiNotify, { ...message, ...syndrome, interrupted: taken.interrupted } satisfies ApeiNotify)
      }
      return state
    case 'event':
      if (state.sdeiMasked) {
        const because = 'sdei_dispatch_event() fails: the PE is masked (SDEI_PE_MASK)'
        silent(source, because, io)
        return taken === undefined ? state : panic(state, because, io)
      }
      io.send(apeiNotify, {
        ...message,
        ...(taken === undefined ? {} : { interrupted: taken.interrupted })
      } satisfies ApeiNotify)
      return state
    case 'unmodelled':
      silent(source, `an arm64 machine has no notification of type ${notify}`, io)
      return back()
  }
}

/** ERET to what the exception interrupted, which executes again; or, of a synchronous abort, into the SEA that it is made. */
export function returnFromException({ profile }: FirmwareState, taken: ExceptionTaken, io: Io): void {
  if (taken.exception === 'SEA' && PROFILES[profile].afterSea === 'inject') return injectSyncEa(taken, io)
  io.command(exceptionReturn, resumed(taken.interrupted))
}

function silent({ sourceId, notify }: ErrorSource, because: string, io: Io): void {
  io.note(recordUntold, { source: sourceId, notify, because })
}
