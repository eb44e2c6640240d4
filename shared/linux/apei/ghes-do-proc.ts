import { ghesNoConsumer } from '../../contracts/notes/kernel-steps-apei.ts'
import { SECTION_TYPE } from '../../formats/guid.ts'
import { NOTIFY } from '../../formats/hest-notification.ts'
import { SI_KERNEL, SIGBUS } from '../../formats/siginfo.ts'
import type { Estatus } from '../cper/estatus.ts'
import { ghesEdacReportMemError } from './ghes-edac.ts'
import { ghesHandleAer } from './ghes-handle-aer.ts'
import { ghesHandleArmHwError } from './ghes-handle-arm-hw-error.ts'
import { ghesHandleMemoryFailure } from './ghes-handle-memory-failure.ts'
import { ghesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Ghes, Kernel } from '../kernel/state.ts'
import { fruAfter, logNonStandardEvent, NO_FRU } from '../ras/non-standard-event.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { sendSignal } from '../kernel/signal.ts'

/**
 * ghes_do_proc(): each section to its handler, in order. A synchronous record (source of type SEA) that leaves no page
 * to deal with kills the consumer. `queued` is what the last memory or ARM section said; newer kernels ask whether any
 * did. Returns it.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_do_proc.
 * Fidelity: exact.
 */
export function ghesDoProc(k: Kernel, source: Ghes, estatus: Estatus, ctx: Context): boolean {
  const sync = source.notify === NOTIFY.SEA
  const anyCounts = knob(k.version, 'queuedRule') === 'or'
  const severity = ghesSeverity(estatus.header.severity)
  let queued = false
  let fru = NO_FRU
  const said = (now: boolean): void => void (queued = anyCounts ? queued || now : now)

  for (const section of estatus.sections) {
    fru = fruAfter(fru, estatus, section)
    switch (section.entry.sectionType) {
      case SECTION_TYPE.platformMemory:
        if (k.options.edacGhes) ghesEdacReportMemError(k, estatus, section, severity, ctx)
        said(ghesHandleMemoryFailure(k, estatus, section, severity, sync, ctx))
        break
      case SECTION_TYPE.pciExpress:
        ghesHandleAer(k, estatus, section)
        break
      case SECTION_TYPE.processorArm:
        said(ghesHandleArmHwError(k, estatus, section, severity, sync, ctx))
        break
      default:
        logNonStandardEvent(k, section, fru, ctx)
    }
  }
  if (sync && !queued) killConsumer(k, source, ctx)
  return queued
}

/** Nothing was queued for an error that the running task has already consumed: it must not go on. */
function killConsumer(k: Kernel, source: Ghes, ctx: Context): void {
  const device = knob(k.version, 'ghesLogsDevice') ? `GHES GHES.${source.sourceId}: [Hardware Error]: ` : ''
  printk(k, `${device}GHES: ${ctx.comm}:${ctx.tid ?? 0}: synchronous unrecoverable error (SIGBUS)`)
  if (ctx.pid === undefined || ctx.tid === undefined) {
    return stepEvent(k, ghesNoConsumer, { source: source.sourceId, comm: ctx.comm })
  }
  sendSignal(k, ctx.pid, ctx.tid, { signo: SIGBUS, code: SI_KERNEL }, { forced: true, origin: 'ghes_do_proc' })
}
