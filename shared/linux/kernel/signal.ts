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

/**
 * Sends a signal to one thread and tells the platform what became of it. A process that is gone gets nothing: the
 * answer is `lost` and nobody is told.
 *
 * Spec: Linux 6.1, kernel/signal.c, force_sig_info_to_task, send_signal_locked, sig_ignored, legacy_queue.
 * Fidelity: approximates: a handler runs at once, so only a blocked signal stays pending; dispositions are kept for
 * SIGBUS only, any other signal of the kernel's own has its default action, which ends the process.
 */
export function sendSignal(k: Kernel, pid: number, tid: number, info: Siginfo, options: SendOptions): Effect {
  const process = runningProcess(k, pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (process === undefined || thread === undefined) return 'lost'
  const effect = info.signo === SIGBUS ? sigbusEffect(thread, options.forced) : 'killed'
  k.platform.signal({ pid, tid, info, forced: options.forced, effect, origin: options.origin })
  if (effect === 'pending') updateThread(k, pid, tid, { pending: info })
  if (effect === 'killed') endProcess(k, pid, info.signo)
  return effect
}

function sigbusEffect({ sigbus, pending }: Thread, forced: boolean): Effect {
  if (forced) return sigbus.action === 'handler' && !sigbus.blocked ? 'handler' : 'killed'
  if (sigbus.blocked) return pending === undefined ? 'pending' : 'lost'
  if (sigbus.action === 'ignore') return 'ignored'
  return sigbus.action === 'handler' ? 'handler' : 'killed'
}

/**
 * sigprocmask() for SIGBUS: a pending one is delivered when it is unblocked.
 *
 * Spec: Linux 6.1, kernel/signal.c, sigprocmask, get_signal.
 * Fidelity: exact for SIGBUS.
 */
export function blockSigbus(k: Kernel, pid: number, tid: number, blocked: boolean): void {
  const process = runningProcess(k, pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (process === undefined || thread === undefined) return
  const { pending } = thread
  updateThread(k, pid, tid, { sigbus: { ...thread.sigbus, blocked }, ...(blocked ? {} : { pending: undefined }) })
  if (!blocked && pending !== undefined) sendSignal(k, pid, tid, pending, { forced: false, origin: 'get_signal' })
}
