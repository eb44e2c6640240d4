import { hex } from '../../formats/hex.ts'
import { BUS_MCEERR_AO, BUS_MCEERR_AR, SIGBUS, SIGKILL } from '../../formats/siginfo.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import type { ToKill } from './collect-procs.ts'
import { MF_ACTION_REQUIRED } from './memory-failure-flags.ts'
import { printk } from '../kernel/printk.ts'
import { sendSignal } from '../kernel/signal.ts'

/**
 * kill_procs(): tells the collected threads. `unmapFailed` makes it a SIGKILL, so that nobody goes on with the page.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, kill_procs.
 * Fidelity: exact.
 */
export function killProcs(
  k: Kernel,
  list: readonly ToKill[],
  unmapFailed: boolean,
  pfn: bigint,
  flags: number,
  ctx: Context
): void {
  for (const entry of list) {
    if (!unmapFailed && entry.address !== undefined) killProc(k, entry, pfn, flags, ctx)
    else {
      const { process, thread } = entry
      printk(
        k,
        `Memory failure: ${hex(pfn)}: forcibly killing ${process.comm}:${thread.tid} because of failure to unmap corrupted page`
      )
      sendSignal(k, process.pid, thread.tid, { signo: SIGKILL, code: 0 }, { forced: true, origin: 'memory_failure' })
    }
  }
}

/**
 * kill_proc(): action required, forced, to the thread that consumed the error; action optional to any other.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, kill_proc; kernel/signal.c, force_sig_mceerr, send_sig_mceerr.
 * Fidelity: exact.
 */
export function killProc(k: Kernel, entry: ToKill, pfn: bigint, flags: number, ctx: Context): void {
  const { process, thread, address, shift } = entry
  if (address === undefined) return
  printk(
    k,
    `Memory failure: ${hex(pfn)}: Sending SIGBUS to ${process.comm}:${thread.tid} due to hardware memory corruption`
  )
  const current = ctx.pid === process.pid && ctx.tid === thread.tid
  const required = (flags & MF_ACTION_REQUIRED) !== 0 && current
  const code = required ? BUS_MCEERR_AR : BUS_MCEERR_AO
  sendSignal(
    k,
    process.pid,
    thread.tid,
    { signo: SIGBUS, code, address, addressLsb: shift },
    { forced: required, origin: 'memory_failure' }
  )
}
