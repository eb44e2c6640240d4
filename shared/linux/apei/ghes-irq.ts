import { NOTIFY } from '../../formats/hest-notification.ts'
import { IDLE } from './ghes-poll.ts'
import { ghesProc } from './ghes-proc.ts'
import type { Context, Kernel } from '../kernel/state.ts'

/**
 * ghes_irq_func(): the external interrupt of this GSI, shared by every source that names it. Returns whether any had a
 * record (IRQ_HANDLED).
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_irq_func.
 * Fidelity: exact.
 */
export function ghesIrq(k: Kernel, gsi: number, ctx: Context = IDLE): boolean {
  let handled = false
  for (const source of k.ghes) {
    if (k.panic !== undefined) break
    if (source.state !== 'armed' || source.notify !== NOTIFY.external || source.vector !== gsi) continue
    if (ghesProc(k, source, ctx) === 0) handled = true
  }
  return handled
}
