import { Type, type Static } from 'typebox'
import { closed, LinuxVersion, Pid, VmName } from './common.ts'
import { Backing, MceKill } from './host-kernel.ts'
import { KvmExit } from './kvm.ts'
import { message } from './message.ts'
import { Bytes, U64 } from './wire.ts'

/** Everything a VMM accepts: VMs to run, signals, KVM exits. */
const M = '/v1/machines/:machine'

export const VMM_PROFILES = ['reference'] as const

export const vmCreate = message({
  type: 'vm.create',
  to: 'vmm',
  method: 'POST',
  path: `${M}/vms`,
  summary: 'Creates a VM, installs its ACPI tables, boots its kernel and runs its vCPUs',
  data: closed({
    vm: VmName,
    profile: Type.Optional(Type.Enum([...VMM_PROFILES])),
    policy: Type.Optional(Type.String({ description: 'name of a built-in policy, told to the policy service' })),
    pid: Type.Optional(Pid),
    mceKill: Type.Optional(MceKill),
    vcpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
    guestPhysical: Type.Optional(U64),
    length: Type.Optional(U64),
    hostVirtual: Type.Optional(U64),
    backing: Type.Optional(Backing),
    guest: Type.Optional(
      closed({
        linux: Type.Optional(LinuxVersion),
        sei: Type.Optional(Type.Boolean({ description: 'the guest kernel has the SEI patch that was never merged' })),
        syncWinner: Type.Optional(Type.Enum(['kworker', 'task']))
      })
    ),
    exposeException: Type.Optional(
      Type.Boolean({ description: 'the policy also sees the hardware exception (the 2017 patch); default false' })
    )
  }),
  example: { vm: 'vm0', policy: 'morse' }
})
export type VmCreate = Static<typeof vmCreate.data>

/** A signal as a thread gets it. `siginfo` is siginfo_t, 128 bytes; the other fields are the same decoded. */
export const signalDeliver = message({
  type: 'signal.deliver',
  to: 'vmm',
  method: 'POST',
  path: `${M}/signals`,
  summary: 'A signal to a thread of the VMM',
  data: closed({
    vm: VmName,
    pid: Pid,
    tid: Pid,
    signo: Type.Integer({ minimum: 1, maximum: 64 }),
    code: Type.Integer(),
    codeName: Type.String(),
    hostVirtual: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'si_addr' })),
    addressLsb: Type.Optional(Type.Integer({ description: 'si_addr_lsb, for BUS_MCEERR_*' })),
    forced: Type.Boolean(),
    killed: Type.Boolean({ description: 'the signal took its default action: the process is gone' }),
    siginfo: Bytes
  }),
  example: {
    vm: 'vm0',
    pid: 4242,
    tid: 4242,
    signo: 7,
    code: 5,
    codeName: 'BUS_MCEERR_AO',
    hostVirtual: '0xffff80001000',
    addressLsb: 12,
    forced: false,
    killed: false,
    siginfo: 'BwAAAAAAAAAFAAAAAAAAAAAQAID//wAADAAAAAAAAAA='
  }
})
export type SignalDeliver = Static<typeof signalDeliver.data>

export const kvmExit = message({
  type: 'kvm.exit',
  to: 'vmm',
  method: 'POST',
  path: `${M}/vms/:vm/vcpus/:vcpu/exits`,
  summary: 'KVM_RUN returned',
  data: KvmExit,
  example: { ret: -1, errno: 4, exitReason: 10, pc: '0x400c10' }
})

/** The hardware exception behind a signal, for policies that may see it: the 2017 patch. */
export const exceptionTell = message({
  type: 'exception.tell',
  to: 'vmm',
  method: 'POST',
  path: `${M}/vms/:vm/exception`,
  summary: 'What the hardware raised for the next signal of this VM (only where the host exposes it)',
  data: closed({ vm: VmName, kind: Type.Enum(['SEA', 'SError']), esr: U64 }),
  example: { kind: 'SError', esr: '0xbe000c11' }
})

export const VMM_ACCEPTS = [vmCreate, signalDeliver, kvmExit, exceptionTell]
