import { memoryAccess, peHalt } from '../../shared/contracts/hardware.ts'
import { guestAccess } from '../../shared/contracts/notes/guest.ts'
import { runningProcess, contextOf } from '../../shared/linux/kernel/task.ts'
import { returnToUser } from '../../shared/linux/kernel/signal.ts'
import { kernelAccessForUser, userAccess } from '../../shared/linux/arm64/user-access.ts'
import { askerOf, isRefused } from '../../shared/model/io.ts'
import { changeVcpu, type Session } from './session.ts'
import { PSTATE_A, PSTATE_EL0, PSTATE_EL1, type AccessResult, type Vcpu, type Work } from './state.ts'

/**
 * Lets a vCPU go on: its access is executed (again), or the next one that waits. The guest's own page tables come
 * first; what they let through goes out to the memory system and comes back as `access.complete` or as an exception.
 */
export function proceed(s: Session, index: number): void {
  for (;;) {
    const vcpu = s.vcpus[index]
    if (vcpu === undefined || !vcpu.running || s.k.panic !== undefined) return
    const work = vcpu.current ?? vcpu.waiting[0]
    if (work === undefined) return
    if (vcpu.current === undefined) changeVcpu(s, index, { current: work, waiting: vcpu.waiting.slice(1) })
    s.io.because(askerOf(s.io, work))
    const went = execute(s, vcpu, work)
    s.io.because()
    if (went === 'out') return
  }
}

/**
 * The kernel has taken translations away while vCPUs are about to execute accesses there once more: those walk the new
 * tables. What a vCPU has met already, and its handler is at, comes back by itself.
 *
 * Spec: Arm DDI 0487, TLBI VALE1IS and the DSB after it.
 * Fidelity: exact.
 */
export function restartAccesses(s: Session): void {
  for (const { index, running, current } of s.vcpus) {
    const isGone = s.gone.some(
      ({ pid, virtual, length }) =>
        pid === current?.pid && current.guestVirtual >= virtual && current.guestVirtual < virtual + length
    )
    if (!running || !isGone) continue
    const answer = s.io.ask(peHalt, { vm: s.vm, vcpu: index })
    if (!isRefused(answer) && answer.halted.length > 0) proceed(s, index)
  }
}

/** Executes the access of a vCPU: `out` when it left for the memory system, `ended` when the guest itself ended it. */
function execute(s: Session, vcpu: Vcpu, work: Work): 'out' | 'ended' {
  const process = runningProcess(s.k, work.pid)
  if (process === undefined) return endWork(s, vcpu.index, 'killed')
  returnToUser(s.k, process.pid)
  const ctx = contextOf(process, process.pid, vcpu.index)
  if (work.tableEntry !== undefined) return walkTable(s, vcpu, work, work.tableEntry)
  const target = { virtual: work.guestVirtual, kind: work.access }
  const result = work.via === 'user' ? userAccess(s.k, ctx, target) : kernelAccessForUser(s.k, ctx, target)
  if (result.outcome !== 'ok') {
    if (work.via === 'syscall') return endWork(s, vcpu.index, 'EFAULT')
    return endWork(s, vcpu.index, runningProcess(s.k, work.pid) === undefined ? 'killed' : 'signalled')
  }
  s.io.send(memoryAccess, {
    vm: s.vm,
    vcpu: vcpu.index,
    el: work.via === 'user' ? 0 : 1,
    pc: work.pc,
    pstate: (work.via === 'user' ? PSTATE_EL0 : PSTATE_EL1) | (work.masked ? PSTATE_A : 0n),
    access: work.access,
    virtual: work.guestVirtual,
    physical: result.physical
  })
  return 'out'
}

/**
 * The MMU's own access, to the last level of the table; the access of the task behind it is left out.
 *
 * Spec: Arm DDI 0487, D8.2 (translation table walk).
 * Fidelity: approximates. The level 3 entry only, and whatever it holds is taken as a valid translation.
 */
function walkTable(s: Session, vcpu: Vcpu, work: Work, tableEntry: bigint): 'out' {
  s.io.send(memoryAccess, {
    vm: s.vm,
    vcpu: vcpu.index,
    el: 0,
    pc: work.pc,
    pstate: PSTATE_EL0,
    access: work.access,
    virtual: work.guestVirtual,
    physical: tableEntry,
    walk: 3
  })
  return 'out'
}

/** The vCPU runs no more, and what was asked of it ends there. */
export function endAllWork(s: Session, index: number): void {
  changeVcpu(s, index, { running: false })
  for (;;) {
    const vcpu = s.vcpus[index]
    const [work, ...waiting] = vcpu?.current === undefined ? (vcpu?.waiting ?? []) : [vcpu.current, ...vcpu.waiting]
    if (work === undefined) return
    changeVcpu(s, index, { current: work, waiting })
    endWork(s, index, 'gone')
  }
}

/** The current access of a vCPU is over; the guest's log of results has it. */
export function endWork(s: Session, index: number, outcome: AccessResult['outcome']): 'ended' {
  const work = s.vcpus[index]?.current
  if (work !== undefined) {
    const { pid, guestVirtual, access } = work
    s.results = [...s.results, { pid, guestVirtual, access, outcome }]
    s.io.because(askerOf(s.io, work))
    s.io.note(guestAccess, { vm: s.vm, vcpu: index, pid, guestVirtual, access, outcome })
    s.io.because()
    changeVcpu(s, index, { current: undefined })
  }
  return 'ended'
}
