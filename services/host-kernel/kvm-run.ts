import { vcpuEnter, vcpuInterrupt } from '../../shared/contracts/guest.ts'
import { kvmExit } from '../../shared/contracts/vmm.ts'
import { exceptionReturn, stage2Map } from '../../shared/contracts/hardware.ts'
import type { KvmExit } from '../../shared/contracts/kvm.ts'
import { hostUnsignalled } from '../../shared/contracts/notes/host-kernel.ts'
import { returnToUser } from '../../shared/linux/kernel/signal.ts'
import { INTERRUPTED, type Exit, type Next } from '../../shared/linux/kvm/exit.ts'
import { enterGuest, vcpuRun } from '../../shared/linux/kvm/vcpu-run.ts'
import { changeVcpu, putVm, stopVcpu, type Session } from './session.ts'

/**
 * KVM_RUN: what is pending is taken, then the guest runs. An interrupt whose line went
 * high meanwhile is presented after entry, once, whether the line is still high or not: the GED's is edge triggered.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/arm.c, kvm_arch_vcpu_ioctl_run.
 * Fidelity: omits timers, the vGIC's priorities and requests that do not concern errors.
 */
export function runVcpu(s: Session, name: string, index: number): void {
  const vm = s.vms.get(name)
  const vcpu = vm?.vcpus[index]
  if (vm === undefined || vcpu === undefined) return
  const run = vcpuRun(s.k, vm.kvm, vcpu.state)
  changeVcpu(s, name, index, { state: run.next })
  if (run.kind === 'exit') return leaveKvmRun(s, name, index, run.exit)
  enter(s, name, index, run)
  if (index === 0) {
    for (const intid of vm.pendingIrqs) s.io.send(vcpuInterrupt, { vm: name, vcpu: index, intid })
    putVm(s, { ...(s.vms.get(name) ?? vm), pendingIrqs: new Set() })
  }
}

type Entered = ReturnType<typeof enterGuest>

function enter(s: Session, name: string, index: number, { next, entry }: Entered): void {
  const { pendedBy } = s.vms.get(name)?.vcpus[index] ?? {}
  const takes = entry.exception !== undefined
  changeVcpu(s, name, index, { state: next, running: true, ...(takes ? { pendedBy: undefined } : {}) })
  if (takes) s.io.because(pendedBy)
  s.io.send(vcpuEnter, { vm: name, vcpu: index, ...entry })
  s.io.because()
}

/**
 * A signal wakes the thread of a vCPU that runs its guest: it comes out before it is delivered, and KVM_RUN fails with EINTR.
 *
 * Spec: Linux 6.1, kernel/signal.c, signal_wake_up; virt/kvm/kvm_main.c, kvm_vcpu_kick; kernel/entry/kvm.c,
 * xfer_to_guest_mode_work.
 * Fidelity: approximates: the vCPU is out at the end of the step that sent the signal.
 */
export function interruptVcpus(s: Session): void {
  for (const { pid, tid, effect } of s.signals) {
    if (effect !== 'handler') continue
    for (const [name, { kvm, vcpus }] of s.vms) {
      const index = kvm.pid === pid ? vcpus.findIndex((vcpu) => vcpu.running && vcpu.state.tid === tid) : -1
      if (index < 0) continue
      stopVcpu(s, name, index)
      leaveKvmRun(s, name, index, INTERRUPTED)
    }
  }
}

/** KVM_RUN returns to the VMM. */
export function leaveKvmRun(s: Session, name: string, index: number, exit: Exit, more: Partial<KvmExit> = {}): void {
  const vcpu = s.vms.get(name)?.vcpus[index]
  if (vcpu === undefined) return
  returnToUser(s.k, vcpu.state.tid)
  changeVcpu(s, name, index, { running: false })
  const { ret, errno, exitReason } = exit
  s.io.send(kvmExit, {
    vm: name,
    vcpu: index,
    ret,
    errno,
    exitReason,
    pc: vcpu.state.pc,
    pstate: vcpu.state.pstate,
    ...(exit.armSea === undefined ? {} : { armSea: exit.armSea }),
    ...(exit.mmio === undefined
      ? {}
      : { mmio: { guestPhysical: exit.mmio.guestPhysical, length: exit.mmio.length, isWrite: exit.mmio.isWrite } }),
    ...more
  })
}

/** What follows an exit from the guest: back in at the same instruction, in at an exception, or out to the VMM. */
export function follow(s: Session, name: string, index: number, outcome: Next): void {
  const vcpu = s.vms.get(name)?.vcpus[index]
  if (vcpu === undefined) return
  switch (outcome.kind) {
    case 'resume': {
      if (outcome.map !== undefined) {
        const { guestPhysical, hostPhysical, length } = outcome.map
        s.io.command(stage2Map, { vm: name, guestPhysical, hostPhysical, length })
      }
      const { state } = vcpu
      // An exception that KVM has decided on changes where the guest goes on; otherwise the access executes again.
      const entered = enterGuest(state)
      if (entered.entry.exception !== undefined) return enter(s, name, index, entered)
      s.io.command(exceptionReturn, { vm: name, vcpu: index })
      return
    }
    case 'exit':
      return leaveKvmRun(s, name, index, outcome.exit)
    case 'stuck':
      s.io.note(hostUnsignalled, { vm: name, vcpu: index, because: outcome.because })
      s.io.command(exceptionReturn, { vm: name, vcpu: index })
      return
    case 'host-panic':
      return
  }
}
