import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import { vcpuInterrupt } from '../../shared/contracts/guest.ts'
import * as contract from '../../shared/contracts/kvm.ts'
import { enableCap } from '../../shared/linux/kvm/check-extension.ts'
import { errorSynchronizationBarrier, isrEl1 } from '../../shared/linux/kvm/deliver-vserror.ts'
import { RESUME } from '../../shared/linux/kvm/exit.ts'
import { SUCCESS } from '../../shared/linux/kvm/ioctl.ts'
import { setIrqLine } from '../../shared/linux/kvm/irq-line.ts'
import { getOneReg, setOneReg } from '../../shared/linux/kvm/one-reg.ts'
import { setMemoryRegion } from '../../shared/linux/kvm/set-memory-region.ts'
import { getVcpuEvents, setVcpuEvents } from '../../shared/linux/kvm/vcpu-events.ts'
import { createVcpu } from '../../shared/linux/kvm/vcpu.ts'
import { createVm } from '../../shared/linux/kvm/vm.ts'
import { runningProcess } from '../../shared/linux/kernel/task.ts'
import { on } from '../../shared/model/dispatch.ts'
import { follow, leaveKvmRun, runVcpu } from './kvm-run.ts'
import { changeVcpu, putVm, stopVcpu, type Session } from './session.ts'
import type { HostVcpu, HostVm } from './state.ts'

/**
 * The ioctls: a VM is made, its vCPUs run and come out, and their state is looked at and changed. Each answers what the
 * system call would return.
 */
export const IOCTLS = [
  on(contract.kvmCreateVm, (s: Session, { vm, pid, exposeException }, { answer }) => {
    if (s.vms.has(vm)) s.io.refuse('already-exists', `vm ${vm} exists already`, '/vm')
    if (runningProcess(s.k, pid) === undefined) s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
    requireRoomFor('machineVms', s.vms.size, s.io, '/vm')
    putVm(s, {
      name: vm,
      kvm: createVm(pid, { irqLines: new Set() }),
      pendingIrqs: new Set(),
      exposeException: exposeException ?? false,
      vcpus: []
    })
    return answer(SUCCESS)
  }),

  on(contract.kvmSetUserMemoryRegion, (s: Session, data, { answer }) => {
    const { vm: name, dirtyLogging = false, readOnly = false, ...region } = data
    const vm = vmOf(s, name)
    const set = setMemoryRegion(s.k, vm.kvm, { ...region, dirtyLogging, readOnly })
    putVm(s, { ...vm, kvm: set.vm })
    return answer(set.result)
  }),

  on(contract.kvmEnableCap, (s: Session, { vm: name, capability }, { answer }) => {
    const vm = vmOf(s, name)
    const enabled = enableCap(s.k, vm.kvm, capability)
    putVm(s, { ...vm, kvm: enabled.vm })
    return answer(enabled.result)
  }),

  on(contract.kvmCreateVcpu, (s: Session, { vm: name, vcpu, tid }, { answer }) => {
    const vm = vmOf(s, name)
    if (vcpu < vm.vcpus.length) s.io.refuse('already-exists', `vm ${name} has a vCPU ${vcpu} already`, '/vcpu')
    if (vcpu !== vm.vcpus.length)
      s.io.refuse('field-invalid', `the next vCPU of ${name} is ${vm.vcpus.length}`, '/vcpu')
    putVm(s, { ...vm, vcpus: [...vm.vcpus, { state: createVcpu(vcpu, tid), tid, running: false }] })
    return answer(SUCCESS)
  }),

  on(contract.kvmVcpuInit, (s: Session, { vm, vcpu }, { answer }) => {
    const { tid } = stoppedVcpu(s, vm, vcpu)
    changeVcpu(s, vm, vcpu, { state: createVcpu(vcpu, tid) })
    if (vcpu === 0) putVm(s, { ...vmOf(s, vm), pendingIrqs: new Set() })
    return answer(SUCCESS)
  }),

  on(contract.kvmSetOneReg, (s: Session, { vm, vcpu, reg, value }, { answer }) => {
    const set = setOneReg(stoppedVcpu(s, vm, vcpu).state, reg, value)
    changeVcpu(s, vm, vcpu, { state: set.vcpu })
    return answer(set.result)
  }),

  on(contract.kvmGetOneReg, (s: Session, { vm, vcpu, reg }, { answer }) => {
    const { value } = getOneReg(vcpuOf(s, vm, vcpu).state, reg)
    if (value === undefined) return s.io.refuse('vcpu-state', `vCPU ${vcpu} is not initialised (ENOEXEC)`, '/vcpu')
    return answer({ value })
  }),

  on(contract.kvmRun, (s: Session, { vm, vcpu }) => {
    if (vcpuOf(s, vm, vcpu).running) s.io.refuse('vcpu-state', `vCPU ${vcpu} of ${vm} is in KVM_RUN already`, '/vcpu')
    runVcpu(s, vm, vcpu)
  }),

  on(contract.vcpuExit, (s: Session, { vm, vcpu, reason }) => {
    if (!vcpuOf(s, vm, vcpu).running) s.io.refuse('vcpu-state', `vCPU ${vcpu} of ${vm} does not run`, '/vcpu')
    leaveKvmRun(
      s,
      vm,
      vcpu,
      { ret: 0, errno: 0, exitReason: contract.EXIT_REASON.KVM_EXIT_SYSTEM_EVENT },
      { systemEvent: reason }
    )
  }),

  on(contract.vcpuEsb, (s: Session, { vm, vcpu, pc, pstate }, { answer }) => {
    const { running, state } = vcpuOf(s, vm, vcpu)
    if (!running) s.io.refuse('vcpu-state', `vCPU ${vcpu} of ${vm} does not run`, '/vcpu')
    const next = errorSynchronizationBarrier({ ...state, pc: pc ?? state.pc, pstate: pstate ?? state.pstate })
    const taken = next.enteredVector !== undefined
    changeVcpu(s, vm, vcpu, { state: next })
    if (taken) follow(s, vm, vcpu, RESUME)
    return answer({ taken, disr_el1: next.disr_el1, isr_el1: isrEl1(next) })
  }),

  on(contract.kvmKick, (s: Session, { vm, vcpu }, { answer }) => {
    const { running } = vcpuOf(s, vm, vcpu)
    changeVcpu(s, vm, vcpu, { running: false })
    if (running) stopVcpu(s, vm, vcpu)
    return answer({ wasRunning: running })
  }),

  on(contract.kvmSetVcpuEvents, (s: Session, data, { answer }) => {
    const { state } = stoppedVcpu(s, data.vm, data.vcpu)
    const set = setVcpuEvents(s.k, state, {
      serrorPending: data.serror_pending,
      serrorHasEsr: data.serror_has_esr,
      extDabtPending: data.ext_dabt_pending,
      serrorEsr: data.serror_esr
    })
    const pends = data.serror_pending !== 0 || data.ext_dabt_pending !== 0
    changeVcpu(s, data.vm, data.vcpu, { state: set.vcpu, pendedBy: pends ? s.io.id : undefined })
    return answer(set.result)
  }),

  on(contract.kvmGetVcpuEvents, (s: Session, { vm, vcpu }, { answer }) => {
    const { events } = getVcpuEvents(s.k, vcpuOf(s, vm, vcpu).state)
    if (events === undefined) return s.io.refuse('vcpu-state', `vCPU ${vcpu} is not initialised (ENOEXEC)`, '/vcpu')
    return answer({
      serror_pending: events.serrorPending,
      serror_has_esr: events.serrorHasEsr,
      ext_dabt_pending: events.extDabtPending,
      serror_esr: events.serrorEsr
    })
  }),

  on(contract.kvmIrqLine, (s: Session, { vm: name, intid, level }) => {
    const vm = vmOf(s, name)
    const line = setIrqLine(vm.kvm, intid, level)
    const isTaken = line.raised && vm.vcpus[0]?.running === true
    const pendingIrqs = line.raised && !isTaken ? new Set(vm.pendingIrqs).add(intid) : vm.pendingIrqs
    putVm(s, { ...vm, kvm: line.vm, pendingIrqs })
    // An SPI goes to vCPU 0, as Linux leaves its affinity; a vCPU that is out of KVM_RUN finds it at its next entry.
    if (isTaken) s.io.send(vcpuInterrupt, { vm: name, vcpu: 0, intid })
  })
]

export function vmOf(s: Session, name: string): HostVm {
  return s.vms.get(name) ?? s.io.refuse('vm-unknown', `KVM has no vm ${name}`, '/vm')
}

export function vcpuOf(s: Session, name: string, index: number): HostVcpu {
  return vmOf(s, name).vcpus[index] ?? s.io.refuse('vcpu-unknown', `vm ${name} has no vCPU ${index}`, '/vcpu')
}

/** An ioctl on a vCPU waits for its mutex, which KVM_RUN holds: the caller would hang, so it is refused instead. */
function stoppedVcpu(s: Session, name: string, index: number): HostVcpu {
  const vcpu = vcpuOf(s, name, index)
  if (vcpu.running) s.io.refuse('vcpu-state', `vCPU ${index} of ${name} is in KVM_RUN`, '/vcpu')
  return vcpu
}
