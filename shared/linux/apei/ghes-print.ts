import { ghesNotPrinted } from '../../contracts/notes/kernel-steps-apei.ts'
import { cperEstatusPrint, ESTATUS_LINES } from '../cper/cper-estatus-print.ts'
import type { Estatus } from '../cper/estatus.ts'
import { GHES_SEV, ghesSeverity } from '../cper/ghes-severity.ts'
import { HZ } from '../kernel/jiffies.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { printSuppressed, ratelimit } from '../kernel/ratelimit.ts'

/** Reports in a window, for corrected and lower and for the rest. */
const RATELIMIT_INTERVAL = 5 * HZ
const RATELIMIT_BURST = 2

/**
 * __ghes_print_estatus(): one report, numbered.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_print_estatus.
 * Fidelity: omits log levels.
 */
export function ghesPrintReport(k: Kernel, sourceId: number, estatus: Estatus): void {
  k.estatusSeqno += 1
  const prefix = `{${k.estatusSeqno}}[Hardware Error]: `
  printk(k, prefix + (ESTATUS_LINES.source.print({ source: sourceId }) ?? ''))
  cperEstatusPrint(k, prefix, estatus)
}

/**
 * ghes_print_estatus(): prints when fewer than two of its class were printed in the last five seconds, and says whether
 * it did.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_print_estatus.
 * Fidelity: exact.
 */
export function ghesPrintEstatus(k: Kernel, sourceId: number, estatus: Estatus): boolean {
  const kind = ghesSeverity(estatus.header.severity) <= GHES_SEV.corrected ? 'corrected' : 'uncorrected'
  const limit = ratelimit(k.ratelimit[kind], k.platform.now, RATELIMIT_INTERVAL, RATELIMIT_BURST)
  k.ratelimit = { ...k.ratelimit, [kind]: limit.state }
  printSuppressed(k, 'ghes_print_estatus', limit.suppressed)
  if (limit.allowed) ghesPrintReport(k, sourceId, estatus)
  else stepEvent(k, ghesNotPrinted, { source: sourceId, why: 'rate limit', class: kind })
  return limit.allowed
}
