import { exceptionReturn, resumed } from '../../shared/contracts/hardware.ts'
import type { ApeiNotify } from '../../shared/contracts/host-kernel.ts'
import { hostSdei, hostSourceRefused, hostUnmodelled } from '../../shared/contracts/notes/host-kernel.ts'
import { ghesIrq } from '../../shared/linux/apei/ghes-irq.ts'
import { notifyHed } from '../../shared/linux/apei/ghes-notify-hed.ts'
import { notifySdei } from '../../shared/linux/apei/ghes-notify-sdei.ts'
import { KWORKER } from '../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import { requireSyndrome, takeAbort, takeSError } from './exceptions.ts'
import { returnToThread } from './process-access.ts'
import type { Session } from './session.ts'
import { GED_GSI } from './state.ts'

/** The kworker of CPU 0 runs what the handlers queued. */
export function runKworker(s: Session): void {
  runMemoryFailureWork(s.k, 0, KWORKER)
}

/**
 * Firmware tells the kernel to look at its error sources. What the kernel makes of each type is its own affair: most
 * types do not even name a source to it.
 *
 * Spec: Linux 6.1, drivers/acpi/apei/ghes.c, ghes_probe (notification types); arch/arm64/kernel/acpi.c, apei_claim_sea.
 * Fidelity: approximates. The return from SEA, SEI and SDEI to the interrupted instruction goes straight to the
 * hardware instead of through EL3.
 */
export function onApeiNotify(s: Session, notice: ApeiNotify): void {
  const { notify, source, interrupted } = notice
  if (interrupted === undefined && !s.k.ghes.some(({ sourceId }) => sourceId === source)) {
    const known = s.k.ghes.map(({ sourceId }) => sourceId).join(', ')
    s.io.refuse(
      'source-unknown',
      `the kernel found no error source ${source} (there are: ${known || 'none'})`,
      '/source'
    )
  }
  switch (notify) {
    case 'SEA':
      if (interrupted === undefined || notice.esr === undefined) return undescribable(s, notice)
      requireSyndrome(s, { esr: notice.esr, exception: 'SEA' })
      return takeAbort(s, { exception: 'SEA', el: 2, esr: notice.esr, far: notice.far, interrupted })
    case 'SEI':
      if (notice.esr !== undefined) requireSyndrome(s, { esr: notice.esr, exception: 'SError' })
      if (!s.k.options.sei) {
        s.io.note(hostSourceRefused, { source, notify, because: 'Linux has no GHES support for SEI (HEST type 9)' })
      }
      if (interrupted === undefined || notice.esr === undefined) return
      return takeSError(s, { exception: 'SError', el: 2, esr: notice.esr, interrupted })
    case 'GSIV':
    case 'GPIO':
    case 'SCI':
      if (notify === 'GSIV' && notice.vector !== undefined && notice.vector !== GED_GSI) {
        s.io.note(hostUnmodelled, { what: 'interrupt without a GED', vector: notice.vector, source })
        return
      }
      notifyHed(s.k)
      return runKworker(s)
    case 'EXTERNAL':
      ghesIrq(s.k, notice.vector ?? -1)
      return runKworker(s)
    case 'SDEI': {
      const status = notifySdei(s.k, notice.vector ?? -1)
      s.io.note(hostSdei, { event: notice.vector, ...status })
      runKworker(s)
      if (interrupted?.tid !== undefined) return returnToThread(s, interrupted.tid, interrupted)
      if (interrupted !== undefined) s.io.command(exceptionReturn, resumed(interrupted))
      return
    }
    case 'POLLED':
    case 'LOCAL':
    case 'NMI':
    case 'CMCI':
    case 'MCE':
      return s.io.note(hostSourceRefused, {
        source,
        notify,
        because: 'this type has no notification on arm64 Linux'
      })
  }
}

function undescribable(s: Session, { source, notify }: ApeiNotify): void {
  s.io.refuse('field-missing', `${notify} for source ${source} needs esr and interrupted`, '/interrupted')
}
