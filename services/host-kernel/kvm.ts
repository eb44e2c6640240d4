import type { Static } from 'typebox'
import { vcpuInterrupt, vcpuStop } from '../../shared/contracts/guest.ts'
import type * as contract from '../../shared/contracts/kvm.ts'
import { enableCap } from '../../shared/linux/kvm/check-extension.ts'
import { SUCCESS } from '../../shared/linux/kvm/ioctl.ts'
import { setIrqLine } from '../../shared/linux/kvm/irq-line.ts'
import { getOneReg, setOneReg } from '../../shared/linux/kvm/one-reg.ts'
import { setMemoryRegion } from '../../shared/linux/kvm/set-memory-region.ts'
import { getVcpuEvents, setVcpuEvents } from '../../shared/linux/kvm/vcpu-events.ts'
import { createVcpu } from '../../shared/linux/kvm/vcpu.ts'
import { createVm } from '../../shared/linux/kvm/vm.ts'
import { runningProcess } from '../../shared/linux/kernel/task.ts'
import { leaveKvmRun, runVcpu } from './kvm-run.ts'
import { changeVcpu, putVm, type Session } from './session.ts'
import type { HostVcpu, HostVm } from './state.ts'

/** The ioctls, by message type; each answers what the system call would return. */
export const IOCTLS: Readonly<Record<string, (s: Session, data: never) => void>> = {
  'kvm.create-vm'(s: Session, { vm, pid, exposeException }: Static<typeof contract.kvmCreateVm.data>) {
    if (s.vms.has(vm)) s.io.refuse('already-exists', `vm ${vm} exists already`, '/vm')
    if (runningProcess(s.k, pid) === undefined) s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
    putVm(s, {
      name: vm,
      kvm: createVm(pid, { irqLines: new Set() }),
      pendingIrqs: new Set(),
      exposeException: exposeException ?? false,
      vcpus: []
    })
    s.io.answer(SUCCESS)
  },

  'kvm.set-user-memory-region'(s: Session, data: Static<typeof contract.kvmSetUserMemoryRegion.data>) {
    const { vm: name, dirtyLogging = false, readOnly = false, ...region } = data
    const vm = vmOf(s, name)
    const set = setMemoryRegion(s.k, vm.kvm, { ...region, dirtyLogging, readOnly })
    putVm(s, { ...vm, kvm: set.vm })
    s.io.answer(set.result)
  },

  'kvm.enable-cap'(s: Session, { vm: name, capability }: Static<typeof contract.kvmEnableCap.data>) {
    const vm = vmOf(s, name)
    const enabled = enableCap(s.k, vm.kvm, capability)
    putVm(s, { ...vm, kvm: enabled.vm })
    s.io.answer(enabled.result)
  },

  'kvm.create-vcpu'(s: Session, { vm: name, vcpu, tid }: Static<typeof contract.kvmCreateVcpu.data>) {
    const vm = vmOf(s, name)
    if (vcpu < vm.vcpus.length) s.io.refuse('already-exists', `vm ${name} has a vCPU ${vcpu} already`, '/vcpu')
    if (vcpu !== vm.vcpus.length)
      s.io.refuse('field-invalid', `the next vCPU of ${name} is ${vm.vcpus.length}`, '/vcpu')
    putVm(s, { ...vm, vcpus: [...vm.vcpus, { state: createVcpu(vcpu, tid), tid, running: false }] })
    s.io.answer(SUCCESS)
  },

  'kvm.run'(s: Session, { vm, vcpu }: Static<typeof contract.kvmRun.data>) {
    if (vcpuOf(s, vm, vcpu).running) s.io.refuse('vcpu-state', `vCPU ${vcpu} of ${vm} is in KVM_RUN already`, '/vcpu')
    runVcpu(s, vm, vcpu)
  },

  'kvm.set-vcpu-events'(s: Session, data: Static<typeof contract.kvmSetVcpuEvents.data>) {
    const { state } = stoppedVcpu(s, data.vm, data.vcpu)
    const set = setVcpuEvents(s.k, state, {
      serrorPending: data.serror_pending,
      serrorHasEsr: data.serror_has_esr,
      extDabtPending: data.ext_dabt_pending,
      serrorEsr: data.serror_esr
    })
    changeVcpu(s, data.vm, data.vcpu, { state: set.vcpu })
    s.io.answer(set.result)
  },

  'kvm.get-vcpu-events'(s: Session, { vm, vcpu }: Static<typeof contract.kvmGetVcpuEvents.data>) {
    const { events } = getVcpuEvents(s.k, vcpuOf(s, vm, vcpu).state)
    if (events === undefined) return s.io.refuse('vcpu-state', `vCPU ${vcpu} is not initialised (ENOEXEC)`, '/vcpu')
    s.io.answer({
      serror_pending: events.serrorPending,
      serror_has_esr: events.serrorHasEsr,
      ext_dabt_pending: events.extDabtPending,
      serror_esr: events.serrorEsr
    })
  },

  'kvm.set-one-reg'(s: Session, { vm, vcpu, reg, value }: Static<typeof contract.kvmSetOneReg.data>) {
    const set = setOneReg(stoppedVcpu(s, vm, vcpu).state, reg, value)
    changeVcpu(s, vm, vcpu, { state: set.vcpu })
    s.io.answer(set.result)
  },

  'kvm.get-one-reg'(s: Session, { vm, vcpu, reg }: Static<typeof contract.kvmGetOneReg.data>) {
    const { value } = getOneReg(vcpuOf(s, vm, vcpu).state, reg)
    if (value === undefined) return s.io.refuse('vcpu-state', `vCPU ${vcpu} is not initialised (ENOEXEC)`, '/vcpu')
    s.io.answer({ value })
  },

  'kvm.irq-line'(s: Session, { vm: name, intid, level }: Static<typeof contract.kvmIrqLine.data>) {
    const vm = vmOf(s, name)
    const line = setIrqLine(vm.kvm, intid, level)
    const isTaken = line.raised && vm.vcpus[0]?.running === true
    const pendingIrqs = line.raised && !isTaken ? new Set(vm.pendingIrqs).add(intid) : vm.pendingIrqs
    putVm(s, { ...vm, kvm: line.vm, pendingIrqs })
    // An SPI goes to vCPU 0, as Linux leaves its affinity; a vCPU that is out of KVM_RUN finds it at its next entry.
    if (isTaken) s.io.send(vcpuInterrupt, { vm: name, vcpu: 0, intid })
  },

  'kvm.vcpu-init'(s: Session, { vm, vcpu }: Static<typeof contract.kvmVcpuInit.data>) {
    const { tid } = stoppedVcpu(s, vm, vcpu)
    changeVcpu(s, vm, vcpu, { state: createVcpu(vcpu, tid) })
    if (vcpu === 0) putVm(s, { ...vmOf(s, vm), pendingIrqs: new Set() })
    s.io.answer(SUCCESS)
  },

  'kvm.kick'(s: Session, { vm, vcpu }: Static<typeof contract.kvmKick.data>) {
    const { running } = vcpuOf(s, vm, vcpu)
    changeVcpu(s, vm, vcpu, { running: false })
    if (running) s.io.send(vcpuStop, { vm, vcpu })
    s.io.answer({ wasRunning: running })
  },

  'vcpu.exit'(s: Session, { vm, vcpu, reason }: Static<typeof contract.vcpuExit.data>) {
    if (!vcpuOf(s, vm, vcpu).running) s.io.refuse('vcpu-state', `vCPU ${vcpu} of ${vm} does not run`, '/vcpu')
    leaveKvmRun(s, vm, vcpu, { ret: 0, errno: 0, exitReason: KVM_EXIT_SYSTEM_EVENT }, { systemEvent: reason })
  }
}
const KVM_EXIT_SYSTEM_EVENT = 24

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
