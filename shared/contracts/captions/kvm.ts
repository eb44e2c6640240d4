import {
  kvmCreateVcpu,
  kvmCreateVm,
  kvmEnableCap,
  kvmGetOneReg,
  kvmGetVcpuEvents,
  kvmIrqLine,
  kvmKick,
  kvmRun,
  kvmSetOneReg,
  kvmSetUserMemoryRegion,
  kvmSetVcpuEvents,
  kvmVcpuInit,
  vcpuEsb,
  vcpuExit
} from '../kvm.ts'
import { optional } from '../sentence.ts'
import { caption } from './message-caption.ts'

/** Ioctls, and how a guest leaves by itself: all of it is KVM's. */
const lanes = { to: 'kvm' } as const

export const KVM_CAPTIONS = [
  caption(kvmCreateVm, { level: 'detail', lanes, says: ({ vm, pid }) => `KVM_CREATE_VM ${vm} by pid ${pid}` }),
  caption(kvmSetUserMemoryRegion, {
    level: 'detail',
    lanes,
    says: (d) =>
      `KVM_SET_USER_MEMORY_REGION slot ${d.slot}: IPA ${d.guestPhysical} -> VA ${d.hostVirtual}, ${d.length} bytes`
  }),
  caption(kvmEnableCap, { level: 'detail', lanes, says: ({ capability }) => `KVM_ENABLE_CAP ${capability}` }),
  caption(kvmCreateVcpu, {
    level: 'detail',
    lanes,
    says: ({ vcpu, tid }) => `KVM_CREATE_VCPU ${vcpu}, in thread ${tid}`
  }),
  caption(kvmRun, { level: 'story', lanes, says: ({ vcpu }) => `KVM_RUN vCPU ${vcpu}` }),
  caption(kvmSetVcpuEvents, {
    level: 'story',
    mark: 'guest-notification',
    lanes,
    rule: 'shared/linux/kvm/vcpu-events.ts#setVcpuEvents',
    says: (d) =>
      `KVM_SET_VCPU_EVENTS ext_dabt_pending ${d.ext_dabt_pending} serror_pending ${d.serror_pending} serror_esr ${d.serror_esr}`
  }),
  caption(kvmGetVcpuEvents, { level: 'detail', lanes, says: ({ vcpu }) => `KVM_GET_VCPU_EVENTS vCPU ${vcpu}` }),
  caption(kvmSetOneReg, {
    level: 'detail',
    lanes,
    says: ({ vcpu, reg, value }) => `KVM_SET_ONE_REG vCPU ${vcpu} ${reg} = ${value}`
  }),
  caption(kvmGetOneReg, { level: 'detail', lanes, says: ({ vcpu, reg }) => `KVM_GET_ONE_REG vCPU ${vcpu} ${reg}` }),
  caption(kvmIrqLine, {
    level: 'story',
    mark: 'guest-notification',
    lanes,
    rule: 'shared/linux/kvm/irq-line.ts#setIrqLine',
    says: ({ intid, level }) => `KVM_IRQ_LINE INTID ${intid} ${level ? 'high' : 'low'}`
  }),
  caption(kvmVcpuInit, { level: 'detail', lanes, says: ({ vcpu }) => `KVM_ARM_VCPU_INIT vCPU ${vcpu}` }),
  caption(kvmKick, { level: 'detail', lanes, says: ({ vcpu }) => `a signal kicks vCPU ${vcpu} out of KVM_RUN` }),
  caption(vcpuEsb, {
    level: 'story',
    lanes,
    rule: 'shared/linux/kvm/deliver-vserror.ts#errorSynchronizationBarrier',
    says: ({ vm, vcpu }) => `ESB on ${vm}/vcpu${vcpu}`
  }),
  caption(vcpuExit, {
    level: 'story',
    mark: ({ reason }) => (reason === 'panic' ? 'end' : 'call'),
    lanes,
    says: ({ reason, detail }) => `guest leaves: ${reason}${optional(': ', detail)}`
  })
]
