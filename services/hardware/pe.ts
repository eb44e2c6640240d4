import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import type { exceptionReturn, peHalt, tlbInvalidate } from '../../shared/contracts/hardware.ts'
import { accessCompleteHost } from '../../shared/contracts/host-kernel.ts'
import { accessCompleteGuest } from '../../shared/contracts/guest.ts'
import { errorInterrupt } from '../../shared/contracts/firmware.ts'
import type { Interrupted } from '../../shared/contracts/common.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { peRetake } from '../../shared/contracts/notes/hardware.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { sameData } from '../../shared/model/same-data.ts'
import { isPoison, withoutError } from './error-lines.ts'
import { execute, executionName, type Execution } from './execute.ts'
import { rasRecord } from './ras-node.ts'
import { isDue, isParkedBy, noteProgress, park, takenAgain, takenFirst, type retakeTimer } from './retake.ts'
import { contextKey, type Context, type HardwareState, type LineError, type Who } from './state.ts'
import { enterGuest, takeError, takeStage2Fault } from './take-exception.ts'

/**
 * A vCPU or a thread executes an access; whatever it had under way before is forgotten. A vCPU that comes back with the
 * access that it has under way already takes up where it was: its guest was entered and returned to the instruction.
 */
export function beginAccess(state: HardwareState, access: Interrupted, io: Io): HardwareState {
  const key = contextKey(access)
  if (key === undefined) {
    io.refuse('field-missing', 'an access is by a vCPU (vm and vcpu) or by a thread of a host process (pid)', '/vcpu')
  }
  if (access.vm !== undefined && access.el === 2) {
    io.refuse('field-invalid', 'a guest runs at EL0 or EL1', '/el')
  }
  const before = state.contexts[key]
  if (before === undefined) {
    const field = access.vm === undefined ? '/pid' : '/vcpu'
    requireRoomFor('accessesUnderWay', Object.keys(state.contexts).length, io, field)
  }
  const isTheSame = access.vm !== undefined && before !== undefined && sameData(before.access, access)
  return isTheSame ? executeAgain(state, key, io) : carryOut(state, key, access, execute(state, access), io)
}

/**
 * ERET: the interrupted instruction executes again. What it meets then is taken again, as often as it is met.
 *
 * Spec: Arm DDI 0487, D1.4 (exception return); docs/story.md S11, S12.
 * Fidelity: approximates when a PE takes the same exception again and again, see retake.ts.
 */
export function returnTo(
  state: HardwareState,
  { injected, ...who }: DataOf<typeof exceptionReturn>,
  io: Answering<typeof exceptionReturn>
): readonly [Said, HardwareState] {
  const key = contextKey(who)
  if (key === undefined) io.refuse('field-missing', 'say whose access: vm and vcpu, or pid', '/vcpu')
  const interrupted = state.contexts[key]?.access
  if (injected !== undefined && interrupted !== undefined) {
    const answered = io.answer({})
    enterGuest(interrupted, 'SEA', injected, io)
    return [answered, state]
  }
  return [io.answer({}), executeAgain(state, key, io)]
}

function executeAgain(state: HardwareState, key: string, io: Io): HardwareState {
  const context = state.contexts[key]
  if (context === undefined || context.spinning) return state
  const execution = execute(state, context.access)
  if (executionName(execution) !== context.raised || isDue(context, execution, io.now)) {
    return carryOut(state, key, context.access, execution, io)
  }
  io.because(causeOf(execution))
  return withContext(state, key, park(key, context, io))
}

/** The time has come: a context that waits to take its exception again takes it. What waits is what the notes leave open. */
export function takeAgain(state: HardwareState, retake: DataOf<typeof retakeTimer>, io: Io): HardwareState {
  const context = state.contexts[retake.context]
  if (context === undefined || !isParkedBy(context, retake)) return state
  io.note(peRetake, { context: retake.context, error: context.raised ?? '', takes: context.takes + 1 })
  return carryOut(state, retake.context, context.access, execute(state, context.access), io)
}

/** After a change of stage 2, memory or routing: spinning contexts for which that makes a difference go on. */
export function resumeSpinning(state: HardwareState, io: Io): HardwareState {
  let next = state
  for (const [key, { access, raised, spinning }] of Object.entries(state.contexts)) {
    if (!spinning) continue
    const execution = execute(next, access)
    if (executionName(execution) !== raised) next = carryOut(next, key, access, execution, io)
  }
  return next
}

/**
 * PEs are taken off what they wait to execute again: a vCPU has left the guest or its guest has gone on elsewhere, or, with
 * nobody named, the machine has stopped. An exception that is on its way is not called back.
 *
 * Spec: ours; stands for a PE that does something else.
 * Fidelity: exact.
 */
export function halt(
  state: HardwareState,
  { vm, vcpu, pid, tid }: Who,
  io: Answering<typeof peHalt>
): readonly [Said, HardwareState] {
  const isMeant = ({ access }: Context) =>
    (vm === undefined || access.vm === vm) &&
    (vcpu === undefined || access.vcpu === vcpu) &&
    (pid === undefined || (access.vm === undefined && access.pid === pid)) &&
    (tid === undefined || access.tid === tid)
  const halted = Object.entries(state.contexts).filter(([, context]) => context.spinning && isMeant(context))
  return [io.answer({ halted: halted.map(([key]) => key) }), without(state, halted, io)]
}

/**
 * A host process has lost a translation: what its threads were doing there is over, and they start again with a walk of
 * tables that are the host kernel's.
 *
 * Spec: Arm DDI 0487, TLBI VALE1IS and the DSB after it.
 * Fidelity: approximates. Only contexts that re-take an abort are looked at; stage 1 itself is the host kernel's.
 */
export function dropSpinning(
  state: HardwareState,
  { pid, hostVirtual, length }: DataOf<typeof tlbInvalidate>,
  io: Io
): { readonly next: HardwareState; readonly restarted: readonly number[] } {
  const gone = Object.entries(state.contexts).filter(([, { access, spinning }]) => {
    const isThere = access.virtual >= hostVirtual && access.virtual < hostVirtual + length
    return spinning && access.vm === undefined && access.pid === pid && isThere
  })
  return { next: without(state, gone, io), restarted: gone.map(([, { access }]) => access.tid ?? pid) }
}

function without(state: HardwareState, gone: readonly (readonly [string, Context])[], io: Io): HardwareState {
  for (const [key, context] of gone) noteProgress(key, context, io)
  const keys = new Set(gone.map(([key]) => key))
  return { ...state, contexts: Object.fromEntries(Object.entries(state.contexts).filter(([key]) => !keys.has(key))) }
}

/** What planted the error that an execution has met. */
function causeOf(execution: Execution): string | undefined {
  if (execution.kind === 'stage-2-fault') return undefined
  return (execution.kind === 'complete' ? (execution.corrected ?? execution.deferred) : execution.error)?.plantedBy
}

/** Executes an access: what it ends in is taken, and counted where it is what the context has taken before. */
function carryOut(state: HardwareState, key: string, access: Interrupted, execution: Execution, io: Io): HardwareState {
  io.because(causeOf(execution))
  const before = state.contexts[key]
  const raised = executionName(execution)
  const isRetake = before !== undefined && before.raised === raised && sameData(before.access, access)
  if (before !== undefined && !isRetake) noteProgress(key, before, io)
  if (execution.kind === 'complete') return complete(state, key, access, execution, io)
  if (execution.kind === 'stage-2-fault') takeStage2Fault(access, io)
  else takeError(access, execution, io)
  const left = execution.kind === 'stage-2-fault' ? state : withoutCorrected(state, execution.error)
  return withContext(left, key, isRetake ? takenAgain(before, io.now) : { access, ...takenFirst(raised, io.now) })
}

/** A corrected error that was taken as an exception is told of; its line holds good data for the next execution. */
function withoutCorrected(state: HardwareState, error: LineError | undefined): HardwareState {
  return error === undefined || isPoison(error) ? state : withoutError(state, error.hostPhysical)
}

function complete(
  state: HardwareState,
  key: string,
  access: Interrupted,
  { corrected, deferred }: Extract<Execution, { kind: 'complete' }>,
  io: Io
): HardwareState {
  const contexts: Record<string, Context> = { ...state.contexts }
  delete contexts[key]
  const { vm, vcpu } = access
  if (vm === undefined || vcpu === undefined) io.send(accessCompleteHost, access)
  else io.send(accessCompleteGuest, { vm, vcpu, access })
  // The line stays as bad as it was; nobody has consumed it.
  if (deferred !== undefined) io.send(errorInterrupt, { record: rasRecord(deferred, 'deferred') })
  if (corrected === undefined) return { ...state, contexts }
  // Correcting it wrote good data back: the node tells of it once.
  io.send(errorInterrupt, { record: rasRecord(corrected, 'consumed') })
  return withoutError({ ...state, contexts }, corrected.hostPhysical)
}

function withContext(state: HardwareState, key: string, context: Context): HardwareState {
  return { ...state, contexts: { ...state.contexts, [key]: context } }
}
