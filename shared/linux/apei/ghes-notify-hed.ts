import { hedAbsent } from '../../contracts/notes/kernel-steps-apei.ts'
import { NOTIFY } from '../../formats/hest-notification.ts'
import { ghesProc } from './ghes-proc.ts'
import { KWORKER, type Context, type Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'

const HED_TYPES: readonly number[] = [NOTIFY.SCI, NOTIFY.GPIO, NOTIFY.GSIV]

/**
 * ghes_notify_hed(): a Notify() on the error device PNP0C33 makes the kernel look at every SCI, GPIO and GSIV source,
 * the newest first, one record each. Which source or interrupt it was about is not told. Returns whether any had a
 * record.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_notify_hed; drivers/acpi/hed.c, acpi_hed_notify.
 * Fidelity: exact.
 */
export function notifyHed(k: Kernel, ctx: Context = KWORKER): boolean {
  if (k.panic !== undefined) return false
  if (!k.options.hed) {
    stepEvent(k, hedAbsent, { why: 'no PNP0C33 device' })
    return false
  }
  let handled = false
  for (const source of k.ghes.toReversed()) {
    if (source.state !== 'armed' || !HED_TYPES.includes(source.notify)) continue
    if (ghesProc(k, source, ctx) === 0) handled = true
    if (k.panic !== undefined) return handled
  }
  return handled
}
