import { ghesDoProc } from './ghes-do-proc.ts'
import { ghesEstatusCacheAdd, ghesEstatusCached } from './ghes-estatus-cache.ts'
import type { EstatusNode } from './ghes-in-nmi-queue-one-entry.ts'
import { ghesPrintEstatus } from './ghes-print.ts'
import type { Context, Kernel } from '../kernel/state.ts'

/**
 * ghes_proc_in_irq(): the irq_work behind the NMI-like paths. Here sections are processed first and printed then.
 * Returns whether a task work was added to the task it ran over, which will empty the FIFO unless a kworker is faster.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_proc_in_irq.
 * Fidelity: exact.
 */
export function ghesProcInIrq(k: Kernel, nodes: readonly EstatusNode[], ctx: Context): boolean {
  let taskWork = false
  for (const { source, estatus } of nodes) {
    if (ghesDoProc(k, source, estatus, ctx) && ctx.pid !== undefined) taskWork = true
    if (!ghesEstatusCached(k, estatus.bytes) && ghesPrintEstatus(k, source.sourceId, estatus)) {
      ghesEstatusCacheAdd(k, estatus.bytes)
    }
  }
  return taskWork
}
