import { Type, type Static } from 'typebox'
import { AddressLsb, closed, named, Notification, SourceId, U32, VmName } from './common.ts'
import { message } from './message.ts'
import { ACTION_MEANINGS, ACTIONS, listed } from './policy-actions.ts'
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

/** What the class of a syndrome (ESR_ELx.EC) says of an exception that an error is taken as. */
export const SYNDROME_CLASSES = ['data-abort', 'instruction-abort', 'serror', 'other'] as const

export const Question = named('PolicyQuestion', {
  vm: VmName,
  vmNumber: Type.Optional(
    Type.Integer({
      ...U32,
      minimum: 1,
      description:
        'counts the VMs that this machine has had, from 1: another VM that gets the same name later has another. With the machine, which the path names, it stands for this one VM and no other; it stays through resets'
    })
  ),
  profile: Type.Optional(Type.String({ description: 'how this VMM behaves, where it says so, as qemu-11.0' })),
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
  interrupted: Type.Optional(
    Type.Object(
      {
        pc: Type.Unsafe<bigint>({ ...U64, description: 'PC: the instruction whose access failed' }),
        pstate: Type.Optional(
          Type.Unsafe<bigint>({ ...U64, description: 'PSTATE, as SPSR_EL1 would have it: bit 8 (A) masks SErrors' })
        ),
        el: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1,
            description: '0: a task of the guest ran; 1: its kernel. From PSTATE'
          })
        )
      },
      {
        additionalProperties: false,
        description:
          'Where the guest was, as KVM_GET_ONE_REG gives it once KVM_RUN is back. Absent when no vCPU consumed the error (action optional), and when the thread of the vCPU was not in KVM_RUN: then it was the VMM that made the access'
      }
    )
  ),
  guest: closed({
    guestPhysical: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'the page; absent when it is not RAM' })),
    inRam: Type.Boolean({ description: 'the address is RAM of the guest' })
  }),
  sources: Type.Array(closed({ source: SourceId, notify: Notification, acknowledged: Type.Boolean() })),
  hardwareException: Type.Optional(
    Type.Object(
      {
        kind: Type.Enum(['SEA', 'SError']),
        esr: Type.Unsafe<bigint>({ ...U64, description: 'ESR_EL2 of the exception that the hardware raised' }),
        syndromeClass: Type.Optional(Type.Enum([...SYNDROME_CLASSES], { description: 'ESR_EL2.EC, in words' }))
      },
      {
        description:
          'What the hardware raised. Only with KVM_EXIT_ARM_SEA, which brings ESR_EL2 with it, and where the host exposes it (exposeException, the patch of 2017): siginfo has no syndrome, and KVM has no register for ESR_EL2'
      }
    )
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

export const Decision = named('PolicyDecision', {
  action: Type.Enum([...ACTIONS], { description: `What the VMM does:\n\n${listed(ACTION_MEANINGS)}` }),
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
    'Answered within the deadline of the VM, 500 ms unless vm.create says otherwise; an answer that is late, or that breaks a rule of the architecture, is replaced by the fallback of the VM. inject-sea needs vcpu. source, if there is one, is one of sources, and a record goes only where acknowledged is true.\n\nA policy may remember what it was asked. The same question may come twice: a repeat has the `ce-id` of the first, which no other question has, and wants the answer that the first got. The machine, in the path and as `ce-subject`, is another for every run, also where a run is played in one process; with it, `vmNumber` stands for one VM. `ce-time` is the time of the VMM.\n\nA VMM sends what it knows: a field that is not there is not known.',
  data: Question,
  reply: Decision,
  example: {
    vm: 'vm0',
    vmNumber: 1,
    profile: 'reference',
    vcpu: 0,
    signal: { code: 'BUS_MCEERR_AR', hostVirtual: '0xffff80001000', addressLsb: 12 },
    interrupted: { pc: '0x400c10', pstate: '0x0', el: 0 },
    guest: { guestPhysical: '0x40001000', inRam: true },
    sources: [{ source: 0, notify: 'SEA', acknowledged: true }],
    history: { errors: 1 }
  }
})

export const POLICY_ACCEPTS = [policyDecide]
