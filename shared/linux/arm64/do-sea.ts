import { decodeAbort } from '../../formats/esr-abort.ts'
import { SI_KERNEL, type Siginfo } from '../../formats/siginfo.ts'
import { apeiClaimSea } from '../apei/apei-claim-sea.ts'
import { faultInfo } from './fault-info.ts'
import type { Context, Kernel, SignalDelivery } from '../kernel/state.ts'
import { runSynchronousWork } from '../mm/memory-failure-queue.ts'
import { die } from '../kernel/oops.ts'
import { untagged } from '../mm/page-table.ts'
import { addTaint } from '../kernel/panic.ts'
import { printk } from '../kernel/printk.ts'
import { sendSignal } from '../kernel/signal.ts'
import { userAccess } from './user-access.ts'

/** A synchronous abort as the exception vector hands it over. */
export interface MemAbort {
  readonly esr: bigint
  readonly far: bigint
  /** Taken from EL0. */
  readonly userMode: boolean
  readonly inInterrupt?: boolean
}

export type MemAbortResult =
  /** APEI has the record; the queue has been emptied; the instruction runs again. */
  | { readonly outcome: 'claimed' }
  /** A forced signal to the thread. */
  | { readonly outcome: 'signal'; readonly info: Siginfo; readonly effect: SignalDelivery['effect'] }
  | { readonly outcome: 'oops' }
  | { readonly outcome: 'panic' }
  /** A page fault that found everything in place. */
  | { readonly outcome: 'resumed' }
  /** The kernel's own access to user memory failed: -EFAULT to whoever asked. */
  | { readonly outcome: 'fixup' }

/**
 * do_sea(): a synchronous external abort. From user mode firmware's record is asked for first; nobody claims it, the
 * thread gets SIGBUS with FAR, or SIGKILL for an abort on a table walk. In kernel mode nobody is asked: the record stays
 * where it is, unread and unacknowledged, and the task dies.
 *
 * Spec: Linux 6.1.192, arch/arm64/mm/fault.c, do_sea; arch/arm64/kernel/traps.c, arm64_notify_die.
 * Fidelity: exact.
 */
export function doSea(k: Kernel, ctx: Context, abort: MemAbort): MemAbortResult {
  const { fnv, fsc } = decodeAbort(abort.esr)
  if (abort.userMode) {
    const { claimed, queued } = apeiClaimSea(k, ctx)
    if (k.panic !== undefined) return { outcome: 'panic' }
    if (claimed) {
      runSynchronousWork(k, ctx, queued)
      return k.panic === undefined ? { outcome: 'claimed' } : { outcome: 'panic' }
    }
  }
  addTaint(k, 'M')
  return notifyDie(k, ctx, abort, fsc, fnv ? 0n : untagged(abort.far))
}

/**
 * do_mem_abort(): sends an abort to its handler by the fault status code.
 *
 * Spec: Linux 6.1.192, arch/arm64/mm/fault.c, do_mem_abort, do_page_fault, do_bad, do_alignment_fault.
 * Fidelity: approximates: a page fault in kernel mode always has a fixup, as an access to user memory has.
 */
export function doMemAbort(k: Kernel, ctx: Context, abort: MemAbort): MemAbortResult {
  const { fsc } = decodeAbort(abort.esr)
  switch (faultInfo(k.version, fsc).handler) {
    case 'sea':
      return doSea(k, ctx, abort)
    case 'translation':
    case 'page': {
      if (!abort.userMode) return { outcome: 'fixup' }
      const result = userAccess(k, ctx, { virtual: abort.far, kind: 'load' })
      return result.outcome === 'ok' ? { outcome: 'resumed' } : { ...result, outcome: 'signal' }
    }
    default:
      return notifyDie(k, ctx, abort, fsc, untagged(abort.far))
  }
}

/** arm64_notify_die(): the table's signal to a user, an oops for the kernel. */
function notifyDie(k: Kernel, ctx: Context, abort: MemAbort, fsc: number, address: bigint): MemAbortResult {
  const { handler, signo, code, name } = faultInfo(k.version, fsc)
  if (!abort.userMode) {
    if (handler !== 'sea') printk(k, `Unable to handle kernel ${name} at virtual address ${pad16(abort.far)}`)
    die(k, ctx, handler === 'sea' ? name : 'Oops', abort.esr, abort.inInterrupt)
    return { outcome: k.panic === undefined ? 'oops' : 'panic' }
  }
  const info: Siginfo = { signo, code, ...(code === SI_KERNEL ? {} : { address }) }
  const origin = handler === 'sea' ? 'do_sea' : 'do_mem_abort'
  const { pid, tid } = ctx
  const effect =
    pid === undefined || tid === undefined ? 'lost' : sendSignal(k, pid, tid, info, { forced: true, origin })
  return { outcome: 'signal', info, effect }
}

const pad16 = (value: bigint) => value.toString(16).padStart(16, '0')
