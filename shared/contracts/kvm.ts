import { Type, type Static } from 'typebox'
import { closed, named, Errno, IoctlResult, Pid, S32, U32, VcpuIndex, VmName } from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/**
 * The KVM boundary of the host kernel: ioctls as questions, KVM_RUN as a message whose return is `kvm.exit`.
 *
 * Spec: Linux Documentation/virt/kvm/api.rst; ioctl results as in Linux 6.1 arch/arm64/kvm.
 * Fidelity: approximates. File descriptors are names; only what the error path needs of each ioctl is here.
 */
const VM = '/v1/machines/:machine/vms/:vm'
const VCPU = `${VM}/vcpus/:vcpu`
const vcpu = { vm: VmName, vcpu: VcpuIndex }

export const kvmCreateVm = message({
  type: 'kvm.create-vm',
  to: 'host-kernel',
  method: 'PUT',
  path: VM,
  summary: 'KVM_CREATE_VM by a process',
  description:
    'A VM comes about in this order: process.create, kvm.create-vm, kvm.set-user-memory-region, kvm.create-vcpu for 0, 1, ..., guest.create at the guest, kvm.set-one-reg of pc, pstate and vbar_el1, kvm.run. A result with ret -1 has the errno; 0 is success.',
  data: closed({
    vm: VmName,
    pid: Pid,
    exposeException: Type.Optional(
      Type.Boolean({ description: 'the 2017 patch: tell the VMM the exception that the hardware raised' })
    )
  }),
  reply: IoctlResult,
  example: { pid: 4242 }
})
export const kvmSetUserMemoryRegion = message({
  type: 'kvm.set-user-memory-region',
  to: 'host-kernel',
  method: 'PUT',
  path: `${VM}/memory-slots/:slot`,
  summary: 'KVM_SET_USER_MEMORY_REGION',
  data: closed({
    vm: VmName,
    slot: Type.Integer({ minimum: 0, maximum: 32766 }),
    guestPhysical: U64,
    length: U64,
    hostVirtual: U64,
    dirtyLogging: Type.Optional(Type.Boolean()),
    readOnly: Type.Optional(Type.Boolean())
  }),
  reply: IoctlResult,
  example: { guestPhysical: '0x40000000', length: '0x4000000', hostVirtual: '0xffff80000000' }
})
export const kvmEnableCap = message({
  type: 'kvm.enable-cap',
  to: 'host-kernel',
  method: 'PUT',
  path: `${VM}/capabilities/:capability`,
  summary: 'KVM_ENABLE_CAP',
  data: closed({ vm: VmName, capability: Type.Enum(['KVM_CAP_ARM_NISV_TO_USER', 'KVM_CAP_ARM_SEA_TO_USER']) }),
  reply: IoctlResult,
  example: {}
})
export const kvmCreateVcpu = message({
  type: 'kvm.create-vcpu',
  to: 'host-kernel',
  method: 'PUT',
  path: VCPU,
  summary: 'KVM_CREATE_VCPU and KVM_ARM_VCPU_INIT; the vCPU runs in thread `tid` of the VMM',
  data: closed({ ...vcpu, tid: Pid }),
  reply: IoctlResult,
  example: { tid: 4243 }
})
export const kvmRun = message({
  type: 'kvm.run',
  to: 'host-kernel',
  method: 'POST',
  path: `${VCPU}/run`,
  summary: 'KVM_RUN; returns as kvm.exit to the VMM',
  description: 'Refused while the vCPU is in KVM_RUN already. kvm.exit comes when it is out, once for each run.',
  data: closed(vcpu),
  example: {}
})
export const VcpuEvents = {
  serror_pending: Type.Integer({ minimum: 0, maximum: 255 }),
  serror_has_esr: Type.Integer({ minimum: 0, maximum: 255 }),
  ext_dabt_pending: Type.Integer({ minimum: 0, maximum: 255 }),
  serror_esr: U64
}
export const kvmSetVcpuEvents = message({
  type: 'kvm.set-vcpu-events',
  to: 'host-kernel',
  method: 'PUT',
  path: `${VCPU}/events`,
  summary: 'KVM_SET_VCPU_EVENTS: pend a virtual SError, or an external data abort',
  description:
    'Only while the vCPU is out of KVM_RUN. What is pending is taken at the next kvm.run: ext_dabt_pending is an SEA with the address of the last stage 2 fault in FAR_EL1.',
  data: closed({ ...vcpu, ...VcpuEvents }),
  reply: IoctlResult,
  example: { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 1, serror_esr: '0x0' }
})
export const kvmGetVcpuEvents = message({
  type: 'kvm.get-vcpu-events',
  to: 'host-kernel',
  method: 'GET',
  path: `${VCPU}/events`,
  summary: 'KVM_GET_VCPU_EVENTS',
  data: closed(vcpu),
  reply: closed(VcpuEvents)
})
export const ONE_REGS = ['pc', 'pstate', 'elr_el1', 'spsr_el1', 'sctlr_el1', 'esr_el1', 'far_el1', 'vbar_el1'] as const
export const kvmSetOneReg = message({
  type: 'kvm.set-one-reg',
  to: 'host-kernel',
  method: 'PUT',
  path: `${VCPU}/regs/:reg`,
  summary: 'KVM_SET_ONE_REG, registers by name',
  description: 'Only while the vCPU is out of KVM_RUN.',
  data: closed({ ...vcpu, reg: Type.Enum([...ONE_REGS]), value: U64 }),
  reply: IoctlResult,
  example: { value: '0x80000000' }
})
export const kvmGetOneReg = message({
  type: 'kvm.get-one-reg',
  to: 'host-kernel',
  method: 'GET',
  path: `${VCPU}/regs/:reg`,
  summary: 'KVM_GET_ONE_REG',
  data: closed({ ...vcpu, reg: Type.Enum([...ONE_REGS]) }),
  reply: closed({ value: U64 })
})
export const kvmIrqLine = message({
  type: 'kvm.irq-line',
  to: 'host-kernel',
  method: 'POST',
  path: `${VM}/irq-lines`,
  summary: 'KVM_IRQ_LINE: an SPI of the virtual GIC',
  description:
    'An edge: the guest is interrupted once for each time that the line goes high, at its next entry if it is out.',
  data: closed({ vm: VmName, intid: Type.Integer({ minimum: 32, maximum: 1019 }), level: Type.Boolean() }),
  example: { intid: 41, level: true }
})
export const kvmVcpuInit = message({
  type: 'kvm.vcpu-init',
  to: 'host-kernel',
  method: 'POST',
  path: `${VCPU}/init`,
  summary: 'KVM_ARM_VCPU_INIT of a vCPU that exists: registers as after a reset, nothing pending',
  data: closed(vcpu),
  reply: IoctlResult,
  example: {}
})
export const kvmKick = message({
  type: 'kvm.kick',
  to: 'host-kernel',
  method: 'POST',
  path: `${VCPU}/kicks`,
  summary: 'A signal to the thread of a vCPU takes it out of KVM_RUN; answered once it is out',
  data: closed(vcpu),
  reply: closed({
    wasRunning: Type.Boolean({ description: 'false: it had left by itself, and its kvm.exit is coming' })
  }),
  example: {}
})
export const vcpuExit = message({
  type: 'vcpu.exit',
  to: 'host-kernel',
  method: 'POST',
  path: `${VCPU}/exits`,
  summary: 'The guest leaves by itself: it panicked, or asked PSCI for power off or reset',
  description: 'Only while the vCPU runs. kvm.exit with KVM_EXIT_SYSTEM_EVENT goes to the VMM.',
  data: closed({
    ...vcpu,
    reason: Type.Enum(['panic', 'system-off', 'system-reset']),
    detail: Type.Optional(Type.String())
  }),
  example: { reason: 'system-off' }
})

export const vcpuEsb = message({
  type: 'vcpu.esb',
  to: 'host-kernel',
  method: 'POST',
  path: `${VCPU}/esbs`,
  summary:
    'The guest executes ESB: a virtual SError that pends is taken, or deferred into its DISR_EL1 where it is masked',
  description:
    'Only while the vCPU runs. Nothing leaves the guest for it: the PE does it with HCR_EL2.VSE and VDISR_EL2, which lie with KVM here. A Linux guest executes no ESB of its own and never reads DISR_EL1; what is deferred is lost on it.',
  data: closed({
    ...vcpu,
    pc: Type.Optional(
      Type.Unsafe<bigint>({ ...U64, description: 'of the ESB; default where the guest was last seen' })
    ),
    pstate: Type.Optional(
      Type.Unsafe<bigint>({ ...U64, description: 'bit 8 is A; default as the guest was last seen' })
    )
  }),
  reply: closed({
    taken: Type.Boolean({ description: 'the SError was taken: the guest is at its vector' }),
    disr_el1: Type.Unsafe<bigint>({ ...U64, description: 'bit 31 A: an SError was deferred' }),
    isr_el1: Type.Unsafe<bigint>({ ...U64, description: 'bit 8 A: a virtual SError still pends' })
  }),
  example: { pstate: '0x3c5' }
})

export const KVM_ACCEPTS = [
  kvmCreateVm,
  kvmSetUserMemoryRegion,
  kvmEnableCap,
  kvmCreateVcpu,
  kvmRun,
  kvmSetVcpuEvents,
  kvmGetVcpuEvents,
  kvmSetOneReg,
  kvmGetOneReg,
  kvmIrqLine,
  kvmVcpuInit,
  kvmKick,
  vcpuEsb,
  vcpuExit
]

/** KVM exit reasons, by number. */
export const EXIT_REASON = {
  KVM_EXIT_MMIO: 6,
  KVM_EXIT_INTR: 10,
  KVM_EXIT_SYSTEM_EVENT: 24,
  KVM_EXIT_ARM_NISV: 28,
  KVM_EXIT_ARM_SEA: 41
} as const

/** How KVM_RUN came back, for the VMM. */
export const KvmExit = named('KvmExit', {
  ...vcpu,
  ret: Type.Integer(S32),
  errno: Errno,
  exitReason: Type.Integer(U32),
  pc: Type.Unsafe<bigint>({ ...U64, description: 'of the guest, as KVM_GET_ONE_REG gives it now' }),
  pstate: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'the same of PSTATE' })),
  armSea: Type.Optional(closed({ flags: U64, esr: U64, gva: U64, gpa: U64 })),
  systemEvent: Type.Optional(Type.String({ description: 'panic, system-off or system-reset' })),
  mmio: Type.Optional(
    closed({ guestPhysical: U64, length: Type.Integer({ minimum: 1, maximum: 8 }), isWrite: Type.Boolean() })
  )
})
export type KvmExit = Static<typeof KvmExit>
