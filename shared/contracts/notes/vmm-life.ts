import { Type } from 'typebox'
import { closed, Pid, VcpuIndex, VmName } from '../common.ts'
import { Fallback, PolicyDeadline, VMM_PROFILES } from '../vmm.ts'
import { counted, fieldsOf, optional } from '../sentence.ts'
import { U64 } from '../wire.ts'
import { note } from './note.ts'

/** How a VM comes about, changes and ends, as its VMM says it. */
const layer = 'vmm'
const vm = { vm: VmName }
const Profile = Type.Enum([...VMM_PROFILES])
const because = Type.String()

export const vmCreated = note({
  type: 'vm.created',
  layer,
  level: 'story',
  rule: 'services/vmm/lifecycle/vm-start.ts#STARTS',
  data: closed({
    ...vm,
    profile: Profile,
    policy: Type.Optional(Type.String()),
    pid: Pid,
    hest: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'guest physical address; absent without a HEST' }))
  }),
  says: ({ vm, profile, policy, pid, hest }) =>
    `${vm} is made by ${profile}, pid ${pid}${optional(', policy ', policy)}${hest === undefined ? ', without a HEST' : `, HEST at IPA ${hest}`}`,
  example: { vm: 'vm0', profile: 'reference', policy: 'morse', pid: 4242, hest: '0x43d90000' }
})

/** How a VM can have ended, as its VMM says it. */
export const VM_ENDS = ['guest-panicked', 'off', 'reset', 'stopped', 'migrated', 'killed', 'failed'] as const

export const vmEnded = note({
  type: 'vm.ended',
  layer,
  level: 'story',
  mark: 'end',
  data: closed({
    ...vm,
    state: Type.Enum([...VM_ENDS]),
    because,
    code: Type.Optional(Type.Integer({ description: 'of exit()' })),
    signal: Type.Optional(Type.Integer({ description: 'that the process dies of' }))
  }),
  says: ({ vm, state, because }) => `${vm} ended: ${state}: ${because}`,
  example: { vm: 'vm0', state: 'killed', because: 'Hardware memory error!', code: 1 }
})

export const vmResetDone = note({
  type: 'vm.reset',
  layer,
  level: 'story',
  rule: 'services/vmm/lifecycle/vm-reset.ts#restart',
  data: closed({ ...vm, replaced: Type.Array(closed({ guestPhysical: U64, length: U64 })) }),
  says: ({ vm, replaced }) => `${vm} starts anew; ${counted(replaced.length, 'range')} of lost memory replaced`,
  example: { vm: 'vm0', replaced: [{ guestPhysical: '0x40001000', length: '0x1000' }] }
})

export const vmPaused = note({
  type: 'vm.paused',
  layer,
  level: 'story',
  rule: 'services/vmm/lifecycle/vm-pause.ts#pauseVm',
  data: closed(vm),
  says: ({ vm }) => `${vm} is paused: its vCPUs are out of KVM_RUN`,
  example: { vm: 'vm0' }
})

export const vmResumed = note({
  type: 'vm.resumed',
  layer,
  level: 'story',
  rule: 'services/vmm/lifecycle/vm-pause.ts#resumeVm',
  data: closed(vm),
  says: ({ vm }) => `${vm} goes on`,
  example: { vm: 'vm0' }
})

export const memoryReplaced = note({
  type: 'memory.replaced',
  layer,
  level: 'story',
  rule: 'services/vmm/decision/act.ts#remap',
  data: closed({ ...vm, guestPhysical: U64, length: U64 }),
  says: ({ vm, guestPhysical, length }) => `IPA ${guestPhysical} of ${vm}, ${length} bytes, is fresh memory: zeroes`,
  example: { vm: 'vm0', guestPhysical: '0x40001000', length: '0x1000' }
})

export const vmMigrationFailed = note({
  type: 'vm.migration-failed',
  layer,
  level: 'story',
  rule: 'services/vmm/lifecycle/vm-migrate.ts#migrateVm',
  data: closed({ ...vm, because }),
  says: ({ vm, because }) => `${vm} does not migrate: ${because}`,
  example: { vm: 'vm0', because: 'only 4096 of 67108864 bytes could be read' }
})

export const policyChanged = note({
  type: 'policy.changed',
  layer,
  level: 'story',
  mark: 'policy',
  data: closed({
    ...vm,
    policy: Type.Optional(Type.String()),
    policyDeadlineMs: PolicyDeadline,
    fallback: Fallback,
    before: Type.Optional(Type.String())
  }),
  says: ({ vm, policy, policyDeadlineMs, before }) =>
    `${vm} now asks ${policy ?? 'the default policy'} (${policyDeadlineMs} ms), before ${before ?? 'the default policy'}`,
  example: { vm: 'vm0', policy: 'sei', policyDeadlineMs: 500, fallback: {}, before: 'morse' }
})

export const policyNotAsked = note({
  type: 'policy.not-asked',
  layer,
  level: 'story',
  mark: 'policy',
  loud: 'refused',
  data: closed({ ...vm, profile: Profile, policy: Type.Optional(Type.String()), because }),
  says: ({ policy, because }) => `the policy${optional(' ', policy)} will not be asked: ${because}`,
  example: { vm: 'vm0', profile: 'kvmtool', policy: 'morse', because: 'kvmtool asks nobody: it has no SIGBUS handler' }
})

export const capabilityMissing = note({
  type: 'capability.missing',
  layer,
  level: 'story',
  loud: 'fallback',
  data: closed({ ...vm, capability: Type.String(), because }),
  says: ({ vm, capability, because }) => `${vm} goes on without ${capability}: ${because}`,
  example: { vm: 'vm0', capability: 'KVM_CAP_ARM_SEA_TO_USER', because: 'this host kernel does not have it' }
})

export const ioctlFailed = note({
  type: 'ioctl.failed',
  layer,
  level: 'story',
  loud: 'refused',
  data: closed({
    ...vm,
    ioctl: Type.String({ description: 'the message, e.g. kvm.enable-cap' }),
    ret: Type.Integer(),
    errno: Type.Integer()
  }),
  says: ({ vm, ioctl, ret, errno }) => `${ioctl} of ${vm} returns ${ret}, errno ${errno}`,
  example: { vm: 'vm0', ioctl: 'kvm.enable-cap', ret: -1, errno: 22 }
})

export const neighbourRefused = note({
  type: 'neighbour.refused',
  layer,
  level: 'story',
  loud: 'refused',
  data: closed({
    ...vm,
    to: Type.String(),
    type: Type.String(),
    refused: Type.Unknown({ description: 'code and detail of its problem; null when the answer was none' })
  }),
  says: ({ to, type, refused }) => `${to} refuses ${type}: ${JSON.stringify(refused)}`,
  example: {
    vm: 'vm0',
    to: 'guest',
    type: 'guest.create',
    refused: { code: 'already-exists', detail: 'there is a VM vm0' }
  }
})

export const vmLivelock = note({
  type: 'livelock',
  layer,
  level: 'story',
  mark: 'end',
  data: closed({ ...vm, vcpu: Type.Optional(VcpuIndex), because }),
  says: (data) => `LIVELOCK: ${fieldsOf(data)}`,
  example: { vm: 'vm0', vcpu: 0, because: 'the guest has not acknowledged the record before (source 0)' }
})

export const vmWaitOver = note({
  type: 'wait.over',
  layer,
  level: 'detail',
  rule: 'services/vmm/telling/inject-sea.ts#recordAndAbort',
  data: closed({ ...vm, vcpu: VcpuIndex, because }),
  says: ({ vm, vcpu, because }) => `${vm}/vcpu${vcpu} need not wait any longer: ${because}`,
  example: { vm: 'vm0', vcpu: 0, because: 'its record is in place' }
})

export const VMM_LIFE_NOTES = [
  vmCreated,
  vmEnded,
  vmResetDone,
  vmPaused,
  vmResumed,
  memoryReplaced,
  vmMigrationFailed,
  policyChanged,
  policyNotAsked,
  capabilityMissing,
  ioctlFailed,
  neighbourRefused,
  vmLivelock,
  vmWaitOver
]
