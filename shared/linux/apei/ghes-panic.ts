import type { Estatus } from '../cper/estatus.ts'
import { ghesClearEstatus } from './ghes-clear-estatus.ts'
import { ghesPrintReport } from './ghes-print.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'
import { addTaint, panic } from '../kernel/panic.ts'
import { printk } from '../kernel/printk.ts'

const MESSAGE = 'GHES: Fatal hardware error'

/**
 * __ghes_panic(): the record is printed whatever the rate limit says, cleared and acknowledged, and then the kernel
 * stops. Callers return after it.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_panic.
 * Fidelity: exact.
 */
export function ghesPanic(k: Kernel, source: Ghes, estatus: Estatus, block: bigint): void {
  ghesPrintReport(k, source.sourceId, estatus)
  addTaint(k, 'M')
  ghesClearEstatus(k, source, block)
  if (k.sysctl.panic === 0) printk(k, `${MESSAGE} but panic disabled`)
  panic(k, MESSAGE)
}
