import type { Context, Kernel } from './state.ts'
import { addTaint, panic } from './panic.ts'
import { printk } from './printk.ts'
import { endProcess, runningProcess, updateProcess } from './task.ts'
import { SIGSEGV } from '../../formats/siginfo.ts'

/**
 * die(): the kernel itself ran into something. The task it ran for is gone, with whatever locks it held; the kernel goes
 * on unless it was in an interrupt, in the idle task or init, or `panic_on_oops` is set.
 *
 * Spec: Linux 6.1.192, arch/arm64/kernel/traps.c, die, __die; kernel/exit.c, make_task_dead, do_exit.
 * Fidelity: omits registers, call trace and module list; locks are not modelled.
 */
export function die(k: Kernel, ctx: Context, name: string, esr: bigint, inInterrupt = false): void {
  k.oopses++
  printk(k, `Internal error: ${name}: ${esr.toString(16).padStart(16, '0')} [#${k.oopses}] SMP`)
  addTaint(k, 'D')
  printk(k, '---[ end trace 0000000000000000 ]---')
  if (inInterrupt) return panic(k, `${name}: Fatal exception in interrupt`)
  if (k.sysctl.panic_on_oops === 1) return panic(k, `${name}: Fatal exception`)
  makeTaskDead(k, ctx)
}

/** make_task_dead(): only the thread dies; the process ends with its last one. */
function makeTaskDead(k: Kernel, ctx: Context): void {
  if (ctx.pid === undefined && ctx.comm.startsWith('swapper')) return panic(k, 'Attempted to kill the idle task!')
  if (ctx.pid === 1) return panic(k, 'Attempted to kill init! exitcode=0x0000000b')
  const process = runningProcess(k, ctx.pid)
  if (process === undefined) return
  const threads = process.threads.filter(({ tid }) => tid !== ctx.tid)
  if (threads.length === 0) endProcess(k, process.pid, SIGSEGV)
  else updateProcess(k, process.pid, { threads })
}
