import { Type, type Static } from 'typebox'
import { AddressLsb, closed, named, Notification, SourceId, U32, VmName } from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** The boundary most people replace: one question about one signal, one answer. */

/** The policies that the policy service has built in. */
export const POLICY_NAMES = [
  'morse',
  'mirror',
  'sei',
  'interrupt',
  'poll',
  'qemu',
  'kvmtool',
  'cloud-hypervisor',
  'crosvm',
  'firecracker',
  'sea-exit'
] as const
export type PolicyName = (typeof POLICY_NAMES)[number]

export const SIGNAL_CODES = ['BUS_MCEERR_AR', 'BUS_MCEERR_AO', 'KVM_EXIT_ARM_SEA', 'other'] as const

export const Question = named('PolicyQuestion', {
  vm: VmName,
  policy: Type.Optional(
    Type.String({ description: 'which built-in policy answers; another implementation may ignore it' })
  ),
  vcpu: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 511, description: 'who consumed the error; absent when no vCPU did' })
  ),
  signal: closed({
    code: Type.Enum([...SIGNAL_CODES], {
      description: 'si_code of the SIGBUS; KVM_EXIT_ARM_SEA is no signal but the exit of a VMM that enabled it'
    }),
    hostVirtual: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'si_addr, in the VMM' })),
    addressLsb: Type.Optional(AddressLsb)
  }),
  guest: closed({
    guestPhysical: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'the page; absent when it is not RAM' })),
    inRam: Type.Boolean({ description: 'the address is RAM of the guest' })
  }),
  sources: Type.Array(closed({ source: SourceId, notify: Notification, acknowledged: Type.Boolean() })),
  hardwareException: Type.Optional(
    Type.Object({ kind: Type.Enum(['SEA', 'SError']), esr: U64 }, { description: 'only where the host exposes it' })
  ),
  history: closed({
    errors: Type.Integer({
      ...U32,
      description:
        'how often this VM has been told of an error, this time included: 1 with the first; one error may be told twice'
    })
  })
})
export type Question = Static<typeof Question>

export const ACTIONS = [
  'inject-sea',
  'inject-serror',
  'notify-interrupt',
  'notify-poll',
  'ignore',
  'remap',
  'stop-vm',
  'kill-vmm'
] as const
export const Decision = named('PolicyDecision', {
  action: Type.Enum([...ACTIONS]),
  source: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 0xffff, description: 'which source tells the guest; default the fitting one' })
  ),
  record: Type.Optional(Type.Boolean({ description: 'write an error record first; default true where one can be' })),
  esr: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'ISS of an injected SError' })),
  because: Type.String({ maxLength: 500, description: 'for people; the journal has it' })
})
export type Decision = Static<typeof Decision>

export const policyDecide = message({
  type: 'policy.decide',
  to: 'policy',
  method: 'POST',
  path: '/v1/machines/:machine/decisions',
  summary: 'This signal, this VM: what now?',
  description:
    'Answered within the deadline of the VM, 500 ms unless vm.create says otherwise; an answer that is late, or that breaks a rule of the architecture, is replaced by the fallback of the VM. inject-sea needs vcpu. source, if there is one, is one of sources, and a record goes only where acknowledged is true. The same question may come twice.',
  data: Question,
  reply: Decision,
  example: {
    vm: 'vm0',
    vcpu: 0,
    signal: { code: 'BUS_MCEERR_AR', hostVirtual: '0xffff80001000', addressLsb: 12 },
    guest: { guestPhysical: '0x40001000', inRam: true },
    sources: [{ source: 0, notify: 'SEA', acknowledged: true }],
    history: { errors: 1 }
  }
})

export const POLICY_ACCEPTS = [policyDecide]
