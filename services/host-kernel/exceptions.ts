import { hex } from '../../shared/formats/hex.ts'
import { exceptionTell } from '../../shared/contracts/vmm.ts'
import { hostSerrorAtExit } from '../../shared/contracts/notes/host-kernel.ts'
import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import { fitsException } from '../../shared/formats/esr.ts'
import { doMemAbort } from '../../shared/linux/arm64/do-sea.ts'
import { handleGuestAbort } from '../../shared/linux/kvm/guest-abort.ts'
import type { WalkLevel } from '../../shared/linux/kvm/inject-abt.ts'
import { DISR_A } from '../../shared/linux/kvm/deliver-vserror.ts'
import { handleExitEarly, handleGuestSerror } from '../../shared/linux/kvm/guest-serror.ts'
import { disrToEsr, doSError } from '../../shared/linux/arm64/serror.ts'
import { contextOf, runningProcess } from '../../shared/linux/kernel/task.ts'
import type { Context } from '../../shared/linux/kernel/state.ts'
import { follow } from './kvm-run.ts'
import { endWork, returnToThread } from './process-access.ts'
import { changeVcpu, type Session } from './session.ts'

/** An exception as it reaches EL2, by hardware or handed down by firmware. */
export type Taken = Pick<ExceptionTaken, 'exception' | 'el' | 'esr' | 'interrupted'> & {
  readonly far?: bigint | undefined
  readonly guestPhysical?: bigint | undefined
  readonly disr?: bigint | undefined
}

const IDLE: Context = { pid: undefined, tid: undefined, comm: 'swapper/0', cpu: 0 }

export function onException(s: Session, taken: Taken): void {
  if (taken.el !== 2) s.io.refuse('field-invalid', `the host kernel runs at EL2, not EL${taken.el}`, '/el')
  requireSyndrome(s, taken)
  requireExit(s, taken)
  if (taken.exception === 'SError') takeSError(s, taken)
  else takeAbort(s, taken)
}

/** Only the way out of a guest has an ESB; the vectors of the host's own exceptions have none. */
function requireExit(s: Session, { disr, exception, interrupted }: Taken): void {
  if (disr === undefined) return
  if (interrupted.vm === undefined) {
    s.io.refuse('field-invalid', "no ESB stands at the vectors of the host's own exceptions", '/disr')
  }
  if (exception === 'SError') {
    s.io.refuse('field-invalid', 'an SError that is taken is not deferred: DISR_EL1 comes with another exit', '/disr')
  }
  if ((disr & DISR_A) === 0n) s.io.refuse('field-invalid', 'DISR_EL1.A is clear: nothing was deferred', '/disr')
}

/** Refuses an exception whose syndrome is that of another. */
export function requireSyndrome(s: Session, { esr, exception }: Pick<Taken, 'esr' | 'exception'>): void {
  if (fitsException(esr, exception)) return
  s.io.refuse('field-invalid', `${hex(esr)} is no syndrome of an ${exception}`, '/esr')
}

/** A synchronous abort at EL2: out of a guest, or of the host's own threads. */
export function takeAbort(s: Session, taken: Taken): void {
  const { vm, vcpu, pid } = taken.interrupted
  if (vm !== undefined && vcpu !== undefined) return guestAbort(s, taken, vm, vcpu)
  if (pid !== undefined) return processAbort(s, taken)
  return s.io.refuse('field-missing', 'neither a vCPU nor a thread was interrupted', '/interrupted')
}

function guestAbort(s: Session, taken: Taken, name: string, index: number): void {
  const { vm, state } = interruptedVcpu(s, taken, name, index)
  if (taken.disr !== undefined) return serrorAtExit(s, taken, taken.disr, name, index)
  if (taken.exception === 'SEA' && vm.exposeException) {
    s.io.send(exceptionTell, { vm: name, kind: 'SEA', esr: taken.esr })
  }
  const walkLevel = taken.interrupted.walk as WalkLevel
  const { next, outcome } = handleGuestAbort(s.k, vm.kvm, state, { ...taken, walkLevel })
  changeVcpu(s, name, index, { state: next })
  follow(s, name, index, outcome)
}

/** A trap out of a guest at which an SError was found pending: the trap is discarded. */
function serrorAtExit(s: Session, taken: Taken, disr: bigint, name: string, index: number): void {
  const { state } = interruptedVcpu(s, taken, name, index)
  const { next, outcome } = handleExitEarly(s.k, state, { code: 'trap', esr_el2: taken.esr, disr })
  s.io.note(hostSerrorAtExit, { vm: name, vcpu: index, disr, esr: disrToEsr(disr), discarded: taken.exception })
  changeVcpu(s, name, index, { state: next })
  follow(s, name, index, outcome)
}

/** An SError at EL2: judged by its syndrome alone, APEI is not asked. */
export function takeSError(s: Session, taken: Taken): void {
  const { vm: name, vcpu: index, pid, tid } = taken.interrupted
  if (name !== undefined && index !== undefined) {
    const { vm, state } = interruptedVcpu(s, taken, name, index)
    if (vm.exposeException) s.io.send(exceptionTell, { vm: name, kind: 'SError', esr: taken.esr })
    const { next, outcome } = handleGuestSerror(s.k, state, taken.esr)
    changeVcpu(s, name, index, { state: next })
    return follow(s, name, index, outcome)
  }
  const process = runningProcess(s.k, pid)
  doSError(s.k, process === undefined ? IDLE : contextOf(process, tid ?? process.pid, 0), taken.esr)
  if (s.k.panic === undefined && tid !== undefined) returnToThread(s, tid, taken.interrupted)
}

/** A thread of a host process took an abort: its handler by the fault status, do_sea() for an external one, then it goes on where it was, if it still is. */
function processAbort(s: Session, { esr, far, interrupted }: Taken): void {
  const process = runningProcess(s.k, interrupted.pid)
  const tid = interrupted.tid ?? interrupted.pid ?? 0
  if (process === undefined) return
  const userMode = interrupted.el === 0
  const before = s.signals.length
  const { outcome } = doMemAbort(s.k, contextOf(process, tid, 0), { esr, far: far ?? 0n, userMode })
  const forced = s.signals.slice(before).some((signal) => signal.forced && signal.tid === tid)
  if (!userMode) endWork(s, tid, outcome === 'fixup' ? 'EFAULT' : 'oops')
  else if (forced) endWork(s, tid, runningProcess(s.k, process.pid) === undefined ? 'killed' : 'signalled')
  returnToThread(s, tid, interrupted)
}

/** The vCPU with the registers it had when the exception took it. */
function interruptedVcpu(s: Session, { interrupted }: Taken, name: string, index: number) {
  const vm = s.vms.get(name) ?? s.io.refuse('vm-unknown', `KVM has no vm ${name}`, '/interrupted/vm')
  const vcpu = vm.vcpus[index] ?? s.io.refuse('vcpu-unknown', `vm ${name} has no vCPU ${index}`, '/interrupted/vcpu')
  const state = { ...vcpu.state, pc: interrupted.pc, pstate: interrupted.pstate }
  return { vm, state }
}
