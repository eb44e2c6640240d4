import { vcpuExit } from '../../shared/contracts/kvm.ts'
import type { VcpuEnter } from '../../shared/contracts/guest.ts'
import { guestFlow, guestUnmodelled } from '../../shared/contracts/notes/guest.ts'
import { fitsException } from '../../shared/formats/esr.ts'
import { doMemAbort } from '../../shared/linux/arm64/do-sea.ts'
import { doSError } from '../../shared/linux/arm64/serror.ts'
import type { Context } from '../../shared/linux/kernel/state.ts'
import { contextOf, runningProcess } from '../../shared/linux/kernel/task.ts'
import { endWork } from './task-access.ts'
import type { Session } from './session.ts'

/** Offsets from VBAR_EL1: bits 10:9 say where the exception came from, bits 8:7 what kind it is. */
const FROM_LOWER_EL = 0x400
const KIND_MASK = 0x180
const SYNC = 0x000
const SERROR = 0x180

const SWAPPER: Context = { pid: undefined, tid: undefined, comm: 'swapper/0', cpu: 0 }

/**
 * The guest kernel runs the handler of the vector that the vCPU came in at. Its log names the flow it took: a
 * synchronous abort asks APEI, an SError is judged by its syndrome.
 *
 * Spec: Linux 6.1, arch/arm64/kernel/entry-common.c, el0t_64_sync_handler, el1h_64_error_handler.
 * Fidelity: approximates: FAR is taken as valid unless the syndrome says otherwise; other vectors are only noted.
 */
export function takeException(s: Session, index: number, exception: NonNullable<VcpuEnter['exception']>): void {
  const work = s.vcpus[index]?.current
  const process = runningProcess(s.k, work?.pid)
  const ctx = process === undefined ? { ...SWAPPER, cpu: index } : contextOf(process, process.pid, index)
  const userMode = (exception.vector & FROM_LOWER_EL) !== 0
  const esr = exception.esr_el1 & 0xffff_ffffn
  const kind = exception.vector & KIND_MASK

  if ((kind === SERROR || kind === SYNC) && !fitsException(esr, kind === SERROR ? 'SError' : 'SEA')) {
    s.io.note(guestUnmodelled, { vm: s.vm, vector: exception.vector, esr, what: 'exception class' })
  } else if (kind === SERROR) {
    s.io.note(guestFlow, { vm: s.vm, flow: 'SEI', vector: exception.vector, esr })
    doSError(s.k, ctx, esr)
  } else if (kind === SYNC) {
    s.io.note(guestFlow, { vm: s.vm, flow: 'SEA', vector: exception.vector, esr })
    const before = s.signals.length
    const { outcome } = doMemAbort(s.k, ctx, { esr, far: exception.far_el1, userMode })
    const consumed = s.signals.slice(before).some(({ pid, forced }) => forced && pid === process?.pid)
    if (!userMode && work !== undefined) endWork(s, index, outcome === 'fixup' ? 'EFAULT' : 'oops')
    else if (consumed) endWork(s, index, runningProcess(s.k, work?.pid) === undefined ? 'killed' : 'signalled')
  } else {
    s.io.note(guestUnmodelled, { vm: s.vm, vector: exception.vector, what: 'exception vector' })
  }
  leaveIfPanicked(s, index)
}

/** A panicked guest runs no further; its VMM sees it leave. */
export function leaveIfPanicked(s: Session, index: number): void {
  if (s.k.panic === undefined) return
  s.vcpus = s.vcpus.map((vcpu) => ({ ...vcpu, running: false }))
  s.io.send(vcpuExit, { vm: s.vm, vcpu: index, reason: 'panic', detail: s.k.panic })
}
