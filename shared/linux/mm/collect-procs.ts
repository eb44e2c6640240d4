import { memoryFailureCollect, type Collector } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Context, Kernel, Process, Thread, Vma } from '../kernel/state.ts'
import { MF_ACTION_REQUIRED } from './memory-failure-flags.ts'
import type { Mapping } from './page-table.ts'
import { stepEvent } from '../kernel/printk.ts'
import { threadOf } from '../kernel/task.ts'

/** A thread to be told, and what it will be told. */
export interface ToKill {
  readonly process: Process
  readonly thread: Thread
  /** Undefined when no address could be found (-EFAULT). */
  readonly address: bigint | undefined
  readonly shift: number
}

/**
 * task_early_kill(): the thread of a process that hears of the error before anyone touches the page.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, task_early_kill, find_early_kill_thread.
 * Fidelity: exact.
 */
function taskEarlyKill(k: Kernel, process: Process, flags: number, ctx: Context): Thread | undefined {
  if ((flags & MF_ACTION_REQUIRED) !== 0 && process.pid === ctx.pid) return threadOf(process, ctx.tid)
  const early = k.sysctl.memory_failure_early_kill === 1
  return process.threads.find(({ mceKill }) => mceKill === 'early' || (mceKill === 'default' && early))
}

/** collect_procs() and its kin: what a page is mapped by decides who looks for its processes. */
function collector({ backing }: Vma): Collector {
  if (backing === 'ksm') return 'collect_procs_ksm'
  if (backing === 'dax') return 'collect_procs_fsdax'
  const ofFile = backing === 'file' || backing === 'shmem' || backing.startsWith('hugetlb-shared')
  return ofFile ? 'collect_procs_file' : 'collect_procs_anon'
}

/**
 * collect_procs(): one entry for every mapping of the page in a process that wants to know; a KSM page counts once a
 * task.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, collect_procs_anon, collect_procs_file; 6.12.117, add_to_kill_ksm.
 * Fidelity: exact; a VMA that covers a file's offset without mapping it is one that maps it here.
 */
export function collectProcs(
  k: Kernel,
  mappings: readonly Mapping[],
  flags: number,
  ctx: Context,
  where: (mapping: Mapping) => { address: bigint | undefined; shift: number }
): ToKill[] {
  const list: ToKill[] = []
  for (const mapping of mappings) {
    const { process, vma } = mapping
    const thread = taskEarlyKill(k, process, flags, ctx)
    if (thread === undefined) continue
    if (vma.backing === 'ksm' && list.some((entry) => entry.thread === thread)) continue
    const { address, shift } = where(mapping)
    list.push({ process, thread, address, shift })
    stepEvent(k, memoryFailureCollect, { pid: process.pid, tid: thread.tid, address, shift, by: collector(vma) })
  }
  return list
}
