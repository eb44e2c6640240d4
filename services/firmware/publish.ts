import { boundReached, isAtBound } from '../../shared/contracts/bounds.ts'
import { recordCoalesced, recordHeld, recordLost, recordPublished } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import { keepForNextBoot } from './boot-errors.ts'
import { carriesException, isException, notifyOs, returnFromException } from './notify-os.ts'
import { isFree, writeRecord } from './shared-memory.ts'
import { EMPTY_QUEUE, type ErrorSource, type FirmwareState, type Pending, type Queue } from './state.ts'

/**
 * A record goes to its source: into the block and told to the OS when the block is free, else it waits until the OS has
 * acknowledged the one before. A further report of an error that is waiting or not acknowledged adds nothing. The exception
 * that led to it goes on in any case, told to the OS where the notification is one: by the time the OS looks, it may have
 * acknowledged the record before, and finds this one.
 *
 * Spec: ACPI 6.5, 18.3.2.8 (Read Ack Register): the block is not rewritten before the acknowledgement.
 * Fidelity: exact for the order; the queue, and leaving out what is told already, are ours.
 */
export function publish(state: FirmwareState, source: ErrorSource, pending: Pending, io: Io): FirmwareState {
  const queue = queueOf(state, source)
  if (isFree(state, source) && queue.held.length === 0) return tell(state, source, pending, [], io)
  // An exception that is delegated looks for a record of its own, be it the same; one that waits is enough.
  const read = carriesException(source.notify) && pending.cause.kind === 'exception' ? [] : [queue.published]
  const same = [...read, ...queue.held.map(({ error }) => error)]
  if (pending.error !== undefined && same.includes(pending.error)) {
    io.note(recordCoalesced, { source: source.sourceId, error: pending.error })
    return endException(state, source, pending, io)
  }
  if (isAtBound('heldRecords', heldOf(state))) {
    io.note(recordLost, { source: source.sourceId, because: boundReached('heldRecords') })
    return endException(state, source, pending, io)
  }
  io.note(recordHeld, {
    source: source.sourceId,
    because: 'the record before it is not acknowledged',
    waiting: queue.held.length + 1
  })
  const isTold = pending.cause.kind === 'exception' && isException(source.notify)
  const held = [...queue.held, { ...pending, cause: { kind: isTold ? 'delegated' : 'interrupt' } as const }]
  return endException(withQueue(state, source, { ...queue, held }), source, pending, io)
}

/** After a write to shared memory: each source that became free tells the next record that waits for it. */
export function publishHeld(state: FirmwareState, io: Io): FirmwareState {
  return state.sources.reduce((next, source) => {
    const [head, ...held] = queueOf(next, source).held
    return head !== undefined && isFree(next, source) ? tell(next, source, head, held, io) : next
  }, state)
}

/** Records that will never be told; what they interrupted has gone on long ago. */
export function dropHeld(state: FirmwareState, because: string, io: Io): void {
  for (const source of state.sources) {
    for (const pending of queueOf(state, source).held) {
      io.because(pending.reportedBy)
      io.note(recordLost, { source: source.sourceId, because })
    }
  }
}

/** Records that wait, of all sources. */
export function heldOf({ queues }: FirmwareState): number {
  return Object.values(queues).reduce((sum, { held }) => sum + held.length, 0)
}

export function queueOf(state: FirmwareState, { sourceId }: ErrorSource): Queue {
  return state.queues[sourceId] ?? EMPTY_QUEUE
}

function tell(
  state: FirmwareState,
  source: ErrorSource,
  pending: Pending,
  held: readonly Pending[],
  io: Io
): FirmwareState {
  io.because(pending.reportedBy)
  io.note(recordPublished, {
    source: source.sourceId,
    notify: source.notify,
    address: source.statusBlock,
    length: pending.bytes.length,
    severity: pending.severity ?? 'unknown',
    bytes: pending.bytes
  })
  const told = notifyOs(state, source, pending.cause, io)
  io.because()
  const written = writeRecord(told, source, pending.bytes)
  const kept = pending.severity === 'fatal' ? keepForNextBoot(written, pending.bytes, io) : written
  return withQueue(kept, source, { published: pending.error, held })
}

/** Ends the exception that led to a record which is not in the block, or not now. */
function endException(state: FirmwareState, source: ErrorSource, { cause }: Pending, io: Io): FirmwareState {
  if (cause.kind !== 'exception') return state
  if (carriesException(source.notify)) return notifyOs(state, source, cause, io)
  returnFromException(state, cause.taken, io)
  return state
}

function withQueue(state: FirmwareState, { sourceId }: ErrorSource, queue: Queue): FirmwareState {
  return { ...state, queues: { ...state.queues, [sourceId]: queue } }
}
