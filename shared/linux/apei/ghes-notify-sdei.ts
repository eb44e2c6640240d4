import { sdeiComplete, sdeiUnregistered } from '../../contracts/notes/kernel-steps-apei.ts'
import { NOTIFY } from '../../formats/hest-notification.ts'
import { SDEI_FUNCTION } from '../../formats/sdei.ts'
import { ghesInNmiSpoolFromList } from './ghes-in-nmi-spool-from-list.ts'
import { IDLE } from './ghes-poll.ts'
import { ghesProcInIrq } from './ghes-proc-in-irq.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'

/** What an SDEI event interrupted. */
export interface SdeiInterrupted {
  readonly mode: 'kernel' | 'user' | 'guest'
  readonly irqsMasked?: boolean
  readonly aarch32?: boolean
  readonly ctx?: Context
}

/** How the handler leaves: x0 and x1 of the call to firmware. */
export interface SdeiResult {
  readonly status: 0 | 1
  readonly call: 'EVENT_COMPLETE' | 'EVENT_COMPLETE_AND_RESUME'
  readonly functionId: number
  /** Offset from VBAR_EL1 at which the PE resumes as if it had taken an interrupt; the interrupted PC without it. */
  readonly resumeOffset?: number
  /** A task work was added to the interrupted task. */
  readonly queued: boolean
}

/** IRQ vectors: same EL with its own stack, lower EL in AArch64 and in AArch32. */
const IRQ_VECTOR = { kernel: 0x280, lower64: 0x480, lower32: 0x680 } as const

function complete(status: 0 | 1, interrupted: SdeiInterrupted, queued: boolean): SdeiResult {
  if (status !== 0 || (interrupted.mode === 'kernel' && interrupted.irqsMasked === true)) {
    return { status, call: 'EVENT_COMPLETE', functionId: SDEI_FUNCTION.EVENT_COMPLETE, queued }
  }
  const lower = interrupted.aarch32 === true ? IRQ_VECTOR.lower32 : IRQ_VECTOR.lower64
  return {
    status,
    call: 'EVENT_COMPLETE_AND_RESUME',
    functionId: SDEI_FUNCTION.EVENT_COMPLETE_AND_RESUME,
    resumeOffset: interrupted.mode === 'kernel' ? IRQ_VECTOR.kernel : lower,
    queued
  }
}

/**
 * An SDEI event is delivered: the source registered for it is asked for one record. With a record the handler leaves
 * through an interrupt vector, so that the irq_work runs before the interrupted code goes on. Records count as
 * asynchronous whatever caused them.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_sdei_normal_callback; arch/arm64/kernel/sdei.c, do_sdei_event.
 * Fidelity: approximates: the irq_work has run when this returns, even over a kernel that has interrupts masked.
 */
export function notifySdei(k: Kernel, event: number, interrupted: SdeiInterrupted = { mode: 'kernel' }): SdeiResult {
  const sources = k.ghes.filter(
    (source) => source.state === 'armed' && source.notify === NOTIFY.SDEI && source.vector === event
  )
  if (sources.length === 0) stepEvent(k, sdeiUnregistered, { event })
  const { claimed, nodes } = ghesInNmiSpoolFromList(k, sources)
  const queued = ghesProcInIrq(k, nodes, interrupted.ctx ?? IDLE)
  const result = complete(claimed ? 0 : 1, interrupted, queued)
  stepEvent(k, sdeiComplete, { event, status: result.status, call: result.call, resumeOffset: result.resumeOffset })
  return result
}
