import { Type, type Static } from 'typebox'
import { AddressLsb, closed, named, Done, LinuxVersion, Pid, S32, Unreachable, VmName } from './common.ts'
import { SIGBUS_CODE_NAME } from '../formats/siginfo.ts'
import { Backing, Frames, MceKill } from './host-kernel.ts'
import { KvmExit } from './kvm.ts'
import { KernelConfig } from './kernel-config.ts'
import { message } from './message.ts'
import { POLICY_NAMES } from './policy.ts'
import { ACTION_MEANINGS, ACTIONS, listed } from './policy-actions.ts'
import { Bytes, U64 } from './wire.ts'

/** Everything a VMM accepts: VMs to run, signals, KVM exits. */
const M = '/v1/machines/:machine'

const VM = `${M}/vms/:vm`

export const VMM_PROFILES = [
  'reference',
  'qemu-10.0',
  'qemu-10.2',
  'qemu-11.0',
  'kvmtool',
  'cloud-hypervisor',
  'firecracker',
  'crosvm',
  'sea-exit'
] as const

/** Machine types of QEMU's `virt` where their ACPI tables differ. */
export const MACHINE_TYPES = ['virt-10.1', 'virt-10.2'] as const

/** Who decides for a VM. */
export const PolicyName = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'a built-in policy by name, told to the policy service; or the URL of any policy service',
  examples: ['morse', 'http://127.0.0.1:8005']
})
export const PolicyDeadline = Type.Integer({
  minimum: 1,
  maximum: 60_000,
  description: 'how long the policy may take; default 500'
})
const fallbackOn = (what: string, otherwise: string) =>
  Type.Optional(
    Type.Enum([...ACTIONS], {
      description: `on ${what}; where it is left out, or would break a rule itself, ${otherwise}:\n\n${listed(ACTION_MEANINGS)}`
    })
  )
/** What the VMM does without a usable answer: none came in time, or it was refused, or it breaks a rule. */
export const Fallback = named('Fallback', {
  required: fallbackOn(
    'BUS_MCEERR_AR and KVM_EXIT_ARM_SEA',
    'inject-sea for an access of the guest, and kill-vmm for anything else'
  ),
  optional: fallbackOn('BUS_MCEERR_AO', 'ignore')
})
export type Fallback = Static<typeof Fallback>

const deciding = {
  policy: Type.Optional(PolicyName),
  policyDeadlineMs: Type.Optional(PolicyDeadline),
  fallback: Type.Optional(Fallback)
}

export const vmCreate = message({
  type: 'vm.create',
  to: 'vmm',
  method: 'POST',
  path: `${M}/vms`,
  summary: 'Creates a VM, installs its ACPI tables, boots its kernel and runs its vCPUs',
  description:
    'What is asked of the host kernel and the guest for it, and in which order, is told with kvm.create-vm. A VMM may ignore every field but vm.',
  address: 'policy',
  names: POLICY_NAMES,
  data: closed({
    vm: VmName,
    profile: Type.Optional(Type.Enum([...VMM_PROFILES])),
    ...deciding,
    ras: Type.Optional(
      Type.Boolean({ description: '-machine ras=on|off of QEMU; default true here, while QEMU itself has off' })
    ),
    machineType: Type.Optional(Type.Enum([...MACHINE_TYPES], { description: 'of QEMU; default the newest it has' })),
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
        firmware: Type.Optional(
          Type.Boolean({ description: 'false: its firmware has yet to run, and says so by fw-cfg.write; default true' })
        ),
        sei: Type.Optional(Type.Boolean({ description: 'the guest kernel has the SEI patch that was never merged' })),
        syncWinner: Type.Optional(Type.Enum(['kworker', 'task'])),
        config: Type.Optional(KernelConfig),
        frames: Type.Optional(Frames)
      })
    ),
    exposeException: Type.Optional(
      Type.Boolean({ description: 'the policy also sees the hardware exception (the 2017 patch); default false' })
    )
  }),
  example: { vm: 'vm0', policy: 'morse' }
})
export type VmCreate = Static<typeof vmCreate.data>

/** What si_code of a SIGBUS is called; of another code its number. */
export const CodeName = Type.String({ 'x-names': [...SIGBUS_CODE_NAME.values()] })

/** A signal as a thread gets it. `siginfo` is siginfo_t, 128 bytes; the other fields are the same decoded. */
export const signalDeliver = message({
  type: 'signal.deliver',
  to: 'vmm',
  method: 'POST',
  path: `${M}/signals`,
  summary: 'A signal to a thread of the VMM',
  description:
    'BUS_MCEERR_AO is optional and comes to the main thread of the process; BUS_MCEERR_AR comes to the thread of the vCPU that consumed the error, before the kvm.exit of that vCPU with ret -1 and errno 4 (EINTR). A VMM that does nothing but run the vCPU again meets the same signal again.',
  data: closed({
    vm: VmName,
    pid: Pid,
    tid: Pid,
    signo: Type.Integer({ minimum: 1, maximum: 64 }),
    code: Type.Integer(S32),
    codeName: CodeName,
    hostVirtual: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'si_addr' })),
    addressLsb: Type.Optional(AddressLsb),
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
  description:
    'The vCPU is out of KVM_RUN: registers and events may be set, then kvm.run goes on. ret -1 with errno 4 (EINTR): a signal came. exitReason 24: systemEvent says how the guest ended.',
  data: KvmExit,
  example: { ret: -1, errno: 4, exitReason: 10, pc: '0x400c10' }
})

/** The hardware exception behind a signal, for policies that may see it: the 2017 patch. */
export const hostDown = message({
  type: 'host.down',
  to: 'vmm',
  method: 'POST',
  path: `${M}/host-down`,
  summary: 'The host under the VMMs is no more: their processes are gone without a signal',
  description:
    'On a real machine nobody is told; the VMM service has to know that its VMMs do not run. No VM is reset, stopped or migrated after this.',
  data: closed({ because: Type.Enum(['kernel-panicked', 'rebooted', 'platform-halted']) }),
  example: { because: 'kernel-panicked' }
})

export const exceptionTell = message({
  type: 'exception.tell',
  to: 'vmm',
  method: 'POST',
  path: `${M}/vms/:vm/exception`,
  summary: 'What the hardware raised for the next signal of this VM (only where the host exposes it)',
  data: closed({ vm: VmName, kind: Type.Enum(['SEA', 'SError']), esr: U64 }),
  example: { kind: 'SError', esr: '0xbe000c11' }
})

export const vmReset = message({
  type: 'vm.reset',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/reset`,
  summary: 'Resets a VM: lost memory is replaced, page by page of its backing, and the guest starts anew',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const vmMigrate = message({
  type: 'vm.migrate',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/migrations`,
  summary: 'Migrates a VM away: a thread without a vCPU reads all of its memory. Refused while memory is poisoned',
  data: closed({ vm: VmName }),
  reply: closed({ migrated: Type.Boolean(), because: Type.String() }),
  example: {}
})

export const vmStop = message({
  type: 'vm.stop',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/stop`,
  summary: 'Stops a VM; its process exits',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const vmPause = message({
  type: 'vm.pause',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/pause`,
  summary: 'Takes the vCPUs of a VM out of KVM_RUN until vm.resume; one whose vCPUs do not run stays as it is',
  description:
    'Its process lives on: signals are decided about and records are written meanwhile, and the guest reads them when it runs again. What QMP calls stop.',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const vmResume = message({
  type: 'vm.resume',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/resume`,
  summary: 'Runs the vCPUs of a paused VM again; one that runs stays as it is',
  description: 'What QMP calls cont.',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const vmDelete = message({
  type: 'vm.delete',
  to: 'vmm',
  method: 'DELETE',
  path: VM,
  summary: 'Ends a VM, if it has not ended yet, and forgets it: its name is free again',
  description:
    'Its process exits, with which KVM forgets the VM and stage 2 is taken down, and the guest is told that nobody asks about it any more.',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const vmPolicy = message({
  type: 'vm.policy',
  to: 'vmm',
  method: 'PUT',
  path: `${VM}/policy`,
  summary: 'Who decides for this VM from now on; what is left out stays as it is',
  address: 'policy',
  names: POLICY_NAMES,
  data: closed({ vm: VmName, ...deciding }),
  reply: named('PolicyGiven', { unreachable: Type.Optional(Unreachable) }),
  example: { policy: 'sei' }
})

/** A reply of QMP: `{"return": {}}` or an error. */
export const QmpReply = named('QmpReply', {
  return: Type.Optional(closed({})),
  error: Type.Optional(closed({ class: Type.Literal('GenericError'), desc: Type.String() }))
})

export const vmInjectError = message({
  type: 'vm.inject-error',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/qmp/inject-ghes-v2-error`,
  summary: "QMP inject-ghes-v2-error of QEMU >= 10.2: these bytes into the guest's error source, unlooked at",
  data: closed({ vm: VmName, cper: Type.String({ maxLength: 65536, description: 'the whole block, base64' }) }),
  reply: QmpReply,
  example: { cper: 'AQAAAAAAAAAAAAAAAAAAAAAAAAA=' }
})

export const fwCfgWrite = message({
  type: 'fw-cfg.write',
  to: 'vmm',
  method: 'POST',
  path: `${VM}/fw-cfg`,
  summary: 'Guest firmware has installed the ACPI tables: fw_cfg files are written and the guest kernel starts',
  data: closed({ vm: VmName }),
  reply: Done,
  example: {}
})

export const VMM_ACCEPTS = [
  vmCreate,
  vmReset,
  vmMigrate,
  vmStop,
  vmPause,
  vmResume,
  vmDelete,
  vmPolicy,
  vmInjectError,
  fwCfgWrite,
  signalDeliver,
  kvmExit,
  exceptionTell,
  hostDown
]
