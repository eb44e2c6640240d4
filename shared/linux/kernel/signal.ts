import { SIGBUS } from '../../formats/siginfo.ts'
import type { Kernel, Siginfo, SignalDelivery, Thread } from './state.ts'
import { endProcess, runningProcess, threadOf, updateThread } from './task.ts'

export interface SendOptions {
  /** force_sig_fault() and its kin: a blocked or ignored signal kills. */
  readonly forced: boolean
  /** Kernel function that sends. */
  readonly origin: string
}

type Effect = SignalDelivery['effect']

export const NO_THREADS: ReadonlySet<number> = new Set()

/**
 * Sends a signal to one thread and tells the platform what became of it. A process that is gone gets nothing: the
 * answer is `lost` and nobody is told.
 *
 * A signal below SIGRTMIN is queued once: until the thread has returned to user mode, where its handler gets the first
 * SIGBUS, a second one is lost with its siginfo, whatever it says and forced or not. `returnToUser` is that return.
 *
 * Spec: Linux 6.1, kernel/signal.c, force_sig_info_to_task, send_signal_locked, sig_ignored, legacy_queue, get_signal.
 * Fidelity: approximates: dispositions are kept for SIGBUS only, any other signal of the kernel's own has its default
 * action, which ends the process; a fatal signal ends it when it is sent, not at the return; the handler of the signal
 * that is queued is told of it at once.
 */
export function sendSignal(k: Kernel, pid: number, tid: number, info: Siginfo, options: SendOptions): Effect {
  const process = runningProcess(k, pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (process === undefined || thread === undefined) return 'lost'
  const effect = info.signo === SIGBUS ? sigbusEffect(k, thread, options.forced) : 'killed'
  // Unblocked and with its default action again, the process dies of the one that was pending; this one is dropped.
  const fatal = info.signo === SIGBUS && effect === 'killed' ? thread.pending : undefined
  if (fatal !== undefined) {
    k.platform.signal({ pid, tid, info, forced: options.forced, effect: 'lost', origin: options.origin })
  }
  k.platform.signal({ pid, tid, info: fatal ?? info, forced: options.forced, effect, origin: options.origin })
  if (effect === 'handler') k.queuedSigbus = new Set(k.queuedSigbus).add(tid)
  if (effect === 'pending') updateThread(k, pid, tid, { pending: info })
  if (effect === 'killed') endProcess(k, pid, info.signo)
  return effect
}

function sigbusEffect(k: Kernel, { tid, sigbus, pending }: Thread, forced: boolean): Effect {
  const taken = k.queuedSigbus.has(tid) ? 'lost' : 'handler'
  if (forced) return sigbus.action === 'handler' && !sigbus.blocked ? taken : 'killed'
  if (sigbus.blocked) return pending === undefined ? 'pending' : 'lost'
  if (sigbus.action === 'ignore') return 'ignored'
  return sigbus.action === 'handler' ? taken : 'killed'
}

/** Whether a SIGBUS waits for the return of a thread to user mode. */
export const isSigbusQueued = (k: Kernel, tid: number): boolean => k.queuedSigbus.has(tid)

/**
 * exit_to_user_mode(): the thread has gone, or goes, back to its program, and its handler has what was queued. Without a
 * tid all threads have: the kernel is through with what it was entered for.
 *
 * Spec: Linux 6.1, kernel/entry/common.c, exit_to_user_mode_loop; kernel/signal.c, get_signal.
 * Fidelity: approximates: a thread that runs on another CPU meanwhile takes its signal between two calls of
 * memory_failure(), never within one.
 */
export function returnToUser(k: Kernel, tid?: number): void {
  if (k.queuedSigbus.size === 0) return
  k.queuedSigbus = tid === undefined ? NO_THREADS : new Set([...k.queuedSigbus].filter((queued) => queued !== tid))
}

/** As `returnToUser` for every thread but the one that the kernel was entered from, which is still within it. */
export function othersReturnToUser(k: Kernel, interrupted: number | undefined): void {
  if (k.queuedSigbus.size === 0) return
  k.queuedSigbus = new Set([...k.queuedSigbus].filter((queued) => queued === interrupted))
}

/**
 * sigprocmask() for SIGBUS: a pending one is delivered when it is unblocked.
 *
 * Spec: Linux 6.1, kernel/signal.c, sigprocmask, get_signal.
 * Fidelity: exact for SIGBUS.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function blockSigbus(k: Kernel, pid: number, tid: number, blocked: boolean): void {
  const process = runningProcess(k, pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (process === undefined || thread === undefined) return
  const { pending } = thread
  updateThread(k, pid, tid, { sigbus: { ...thread.sigbus, blocked }, ...(blocked ? {} : { pending: undefined }) })
  if (!blocked && pending !== undefined) sendSignal(k, pid, tid, pending, { forced: false, origin: 'get_signal' })
}
