import { ghesDuplicate } from '../../contracts/notes/kernel-steps-apei.ts'
import { estatusIsFatal } from '../cper/ghes-severity.ts'
import { ghesClearEstatus } from './ghes-clear-estatus.ts'
import { ghesDoProc } from './ghes-do-proc.ts'
import { ghesEstatusCacheAdd, ghesEstatusCached } from './ghes-estatus-cache.ts'
import { ghesPanic } from './ghes-panic.ts'
import { ghesPrintEstatus } from './ghes-print.ts'
import { ghesReadEstatus } from './ghes-read-estatus.ts'
import type { Context, Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'

/**
 * ghes_proc(): at most one record of one source, on every path but SEA and SDEI. A record that was seen before is not
 * printed again but processed again, and only then cleared and acknowledged. Returns 0 or a negative errno.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_proc.
 * Fidelity: exact.
 */
export function ghesProc(k: Kernel, source: Ghes, ctx: Context): number {
  const { rc, block, estatus } = ghesReadEstatus(k, source)
  if (estatus !== undefined) {
    if (estatusIsFatal(estatus.header.severity)) {
      ghesPanic(k, source, estatus, block)
      return rc
    }
    if (ghesEstatusCached(k, estatus.bytes)) {
      stepEvent(k, ghesDuplicate, { source: source.sourceId, effect: 'not printed, processed again' })
    } else if (ghesPrintEstatus(k, source.sourceId, estatus)) {
      ghesEstatusCacheAdd(k, estatus.bytes)
    }
    ghesDoProc(k, source, estatus, ctx)
  }
  ghesClearEstatus(k, source, block)
  return rc
}
