import { hex } from '../../formats/hex.ts'
import { memoryFailureContext } from '../../contracts/notes/kernel-steps-mm.ts'
import { SI_KERNEL, SIGBUS } from '../../formats/siginfo.ts'
import type { Context, Kernel, QueuedFailure } from '../kernel/state.ts'
import { KWORKER } from '../kernel/state.ts'
import { EHWPOISON, EOPNOTSUPP } from '../kernel/errno.ts'
import { MF_ACTION_REQUIRED, MF_SOFT_OFFLINE } from './memory-failure-flags.ts'
import { memoryFailure } from './memory-failure.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { othersReturnToUser, sendSignal } from '../kernel/signal.ts'
import { softOfflinePage } from './soft-offline.ts'

/** Entries of one CPU's FIFO. */
const MEMORY_FAILURE_FIFO_SIZE = 16

/**
 * memory_failure_queue(): remembers a frame for the work item of this CPU; the 17th is dropped with a line in the log.
 * Returns whether it was queued.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, memory_failure_queue.
 * Fidelity: exact; scheduling the work item is left to the caller of runMemoryFailureWork.
 */
export function memoryFailureQueue(k: Kernel, pfn: bigint, flags: number, cpu: number): boolean {
  const fifo = k.memoryFailureQueue[cpu] ?? []
  if (fifo.length >= MEMORY_FAILURE_FIFO_SIZE) {
    printk(k, `Memory failure: buffer overflow when queuing memory failure at ${hex(pfn)}`)
    return false
  }
  setFifo(k, cpu, [...fifo, { pfn, flags }])
  return true
}

function setFifo(k: Kernel, cpu: number, fifo: readonly QueuedFailure[]): void {
  const queue = k.memoryFailureQueue.slice()
  while (queue.length <= cpu) queue.push([])
  queue[cpu] = fifo
  k.memoryFailureQueue = queue
}

/**
 * memory_failure_work_func(): empties the FIFO of a CPU, in a kworker (`ctx` is KWORKER) or in a task that drains it on
 * its way out of the kernel. `interrupted` is the thread that cannot take a signal meanwhile, since it waits in the kernel.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, memory_failure_work_func; 7.3.4, drivers/acpi/apei/ghes.c,
 * memory_failure_cb.
 * Fidelity: approximates: 7.3 does not put a synchronous record into the FIFO at all; here it passes through it and is
 * told apart by its flags.
 */
export function runMemoryFailureWork(k: Kernel, cpu: number, ctx: Context, interrupted?: number): void {
  for (;;) {
    const [next, ...rest] = k.memoryFailureQueue[cpu] ?? []
    if (next === undefined || k.panic !== undefined) return
    setFifo(k, cpu, rest)
    if ((next.flags & MF_SOFT_OFFLINE) !== 0) softOfflinePage(k, next.pfn)
    else {
      const { ret } = memoryFailure(k, next.pfn, next.flags, ctx)
      if (next.flags === MF_ACTION_REQUIRED && knob(k.version, 'syncFailureKills')) killOnFailure(k, next.pfn, ret, ctx)
    }
    othersReturnToUser(k, interrupted)
  }
}

/** memory_failure_cb(): the consumer of a page that could not be dealt with must not go on. */
function killOnFailure(k: Kernel, pfn: bigint, ret: number, ctx: Context): void {
  if (ret === 0 || ret === -EHWPOISON || ret === -EOPNOTSUPP) return
  if (ctx.pid === undefined || ctx.tid === undefined) return
  printk(k, `${hex(pfn)}: Sending SIGBUS to ${ctx.comm}:${ctx.tid} due to hardware memory corruption`)
  sendSignal(k, ctx.pid, ctx.tid, { signo: SIGBUS, code: SI_KERNEL }, { forced: true, origin: 'memory_failure_cb' })
}

/**
 * What happens between a claimed synchronous record and the next user (or guest) instruction: the queue is emptied by
 * whoever comes first. `options.syncWinner` says who that is where the version races; from 6.17 on it is the task.
 * A thread that has lost to the kworker and is back with the same frame wins: nobody loses every one of thousands of
 * races. Without `taskWork` (the record ended in a signal instead) the kworker has no rival.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_kick_task_work; kernel/entry/common.c, exit_to_user_mode_loop.
 * Fidelity: exact for both orders; which one happens first is an input, that the next race ends otherwise is ours.
 */
export function runSynchronousWork(k: Kernel, ctx: Context, taskWork = true): void {
  if ((k.memoryFailureQueue[ctx.cpu] ?? []).length === 0) return
  const hasTask = taskWork && ctx.pid !== undefined
  const raced = hasTask && knob(k.version, 'syncMfContext') === 'race'
  const winner = !hasTask ? 'kworker' : raced ? winnerOfRace(k, ctx) : 'task'
  stepEvent(k, memoryFailureContext, { winner, raced })
  runMemoryFailureWork(k, ctx.cpu, winner === 'task' ? ctx : { ...KWORKER, cpu: ctx.cpu }, ctx.tid)
}

/** A race that is forgotten can be lost once more. */
const REMEMBERED_RACES = 1024

function winnerOfRace(k: Kernel, { cpu, tid }: Context): 'kworker' | 'task' {
  const races = (k.memoryFailureQueue[cpu] ?? []).map(({ pfn }) => `${tid} ${pfn}`)
  if (k.options.syncWinner === 'task' || races.some((race) => k.lostRaces.has(race))) return 'task'
  k.lostRaces = new Set([...k.lostRaces, ...races].slice(-REMEMBERED_RACES))
  return 'kworker'
}
