import { Type } from 'typebox'
import { closed, Notification, Pid, SourceId, VcpuIndex, VmName } from '../common.ts'
import { SIGNAL_CODES } from '../policy.ts'
import { ACTIONS } from '../policy-actions.ts'
import { dump, fieldsOf, optional } from '../sentence.ts'
import { CodeName } from '../vmm.ts'
import { Bytes, U64 } from '../wire.ts'
import { note } from './note.ts'

/** What a VMM does about a signal or an exit: whom it asks, what it decides, what it writes for the guest. */
const layer = 'vmm'
const vm = { vm: VmName }
const because = Type.String()
const signal = { ...vm, tid: Pid, signo: Type.Integer(), codeName: CodeName }
const exit = { ...vm, vcpu: VcpuIndex, exitReason: Type.Integer({ description: 'KVM_EXIT_*' }) }

export const policyAsked = note({
  type: 'policy.asked',
  layer,
  level: 'detail',
  mark: 'policy',
  data: closed({
    ...vm,
    vcpu: Type.Optional(VcpuIndex),
    code: Type.Enum([...SIGNAL_CODES]),
    guestPhysical: Type.Optional(U64),
    at: Type.Optional(Type.String({ description: 'URL of the policy service, where the VM has its own' }))
  }),
  says: ({ code, guestPhysical, at }) =>
    `asks ${at ?? 'the policy'} about ${code}${guestPhysical === undefined ? '' : ` at IPA ${guestPhysical}`}`,
  example: { vm: 'vm0', vcpu: 0, code: 'BUS_MCEERR_AR', guestPhysical: '0x40001000' }
})

export const policyAnswered = note({
  type: 'policy.answered',
  layer,
  level: 'story',
  mark: 'policy',
  loud: ({ fallback }) => (fallback ? 'fallback' : undefined),
  data: closed({
    ...vm,
    vcpu: Type.Optional(VcpuIndex),
    action: Type.Enum([...ACTIONS]),
    because,
    fallback: Type.Boolean({ description: 'no answer could be used; this is what stands for one' })
  }),
  says: ({ fallback, ...rest }) =>
    fallback
      ? `no answer can be used; what stands for one: ${fieldsOf(rest, ['vm'])}`
      : `the policy answers ${fieldsOf(rest, ['vm'])}`,
  example: { vm: 'vm0', vcpu: 0, action: 'inject-sea', because: 'the policy did not answer in 500 ms', fallback: true }
})

export const decisionRefused = note({
  type: 'decision.refused',
  layer,
  level: 'story',
  mark: 'policy',
  loud: 'refused',
  rule: 'services/vmm/decision/decision-rules.ts#DECISION_RULES',
  data: closed({
    ...vm,
    vcpu: Type.Optional(VcpuIndex),
    rule: Type.String({ description: 'the decision rule that the answer breaks' }),
    detail: Type.String(),
    answer: Type.Unknown({ description: 'as the policy gave it' })
  }),
  says: (data) => `the decision is refused: ${fieldsOf(data)}`,
  example: {
    vm: 'vm0',
    rule: 'sea-needs-a-faulting-vcpu-access',
    detail: 'no vCPU has made an access that could be aborted',
    answer: { action: 'inject-sea', because: 'why not' }
  }
})

export const recordWritten = note({
  type: 'record.written',
  layer,
  level: 'story',
  rule: 'services/vmm/telling/write-record.ts#writeBlock',
  data: closed({
    ...vm,
    source: SourceId,
    notify: Notification,
    block: Type.Unsafe<bigint>({ ...U64, description: 'guest physical address of the error status block' }),
    guestPhysical: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'the page that the record is about' })),
    bytes: Bytes
  }),
  says: ({ bytes, ...rest }) => `record for the guest written: ${fieldsOf(rest, ['vm'])}${dump(bytes)}`,
  example: {
    vm: 'vm0',
    source: 0,
    notify: 'SEA',
    block: '0x43da0030',
    guestPhysical: '0x40001000',
    bytes: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='
  }
})

export const recordWaiting = note({
  type: 'record.waiting',
  layer,
  level: 'story',
  rule: 'services/vmm/telling/inject-sea.ts#recordAndAbort',
  data: closed({ ...vm, vcpu: VcpuIndex, source: SourceId, because }),
  says: ({ vm, vcpu, source, because }) => `${vm}/vcpu${vcpu} stays outside until source ${source} is free: ${because}`,
  example: { vm: 'vm0', vcpu: 0, source: 0, because: 'the guest has not acknowledged the record before (source 0)' }
})

export const recordDropped = note({
  type: 'record.dropped',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/vmm/telling/write-record.ts#writeBlock',
  data: closed({ ...vm, source: SourceId, notify: Notification, because }),
  says: ({ vm, source, notify, because }) => `a record for ${vm} (source ${source}, ${notify}) is dropped: ${because}`,
  example: {
    vm: 'vm0',
    source: 1,
    notify: 'GPIO',
    because: 'the guest has not acknowledged the record before (source 1)'
  }
})

export const signalTooLate = note({
  type: 'signal.too-late',
  layer,
  level: 'story',
  data: closed({ ...signal, state: Type.String({ description: 'of the VM' }) }),
  says: ({ vm, tid, codeName, state }) => `${codeName} to thread ${tid} means nothing any more: ${vm} is ${state}`,
  example: { vm: 'vm0', tid: 4244, signo: 7, codeName: 'BUS_MCEERR_AR', state: 'killed' }
})

export const signalUnmodelled = note({
  type: 'signal.unmodelled',
  layer,
  level: 'story',
  loud: 'unmodelled',
  data: closed(signal),
  says: ({ tid, signo, codeName }) => `signal ${signo} (${codeName}) to thread ${tid}`,
  example: { vm: 'vm0', tid: 4242, signo: 11, codeName: '1' }
})

export const signalNoMemoryError = note({
  type: 'signal.no-memory-error',
  layer,
  level: 'story',
  data: closed({ ...vm, tid: Pid, codeName: CodeName }),
  says: ({ tid, codeName }) => `the SIGBUS to thread ${tid} reports no memory error: ${codeName}`,
  example: { vm: 'vm0', tid: 4243, codeName: 'SI_KERNEL' }
})

export const sigbusSlotOccupied = note({
  type: 'sigbus.slot-occupied',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/vmm/errors/on-signal.ts#onVcpuThread',
  data: closed({ ...vm, vcpu: VcpuIndex, hostVirtual: Type.Optional(U64) }),
  says: ({ vm, vcpu, hostVirtual }) =>
    `${vm}/vcpu${vcpu} has a SIGBUS in hand already; this one${optional(' at ', hostVirtual)} finds its slot occupied`,
  example: { vm: 'vm0', vcpu: 0, hostVirtual: '0xffff80001000' }
})

export const exitTooLate = note({
  type: 'exit.too-late',
  layer,
  level: 'detail',
  data: closed({ ...exit, state: Type.Optional(Type.String()), because: Type.Optional(Type.String()) }),
  says: ({ vm, vcpu, exitReason, state, because }) =>
    `the exit of ${vm}/vcpu${vcpu} (reason ${exitReason}) means nothing any more: ${because ?? `the VM is ${state ?? '-'}`}`,
  example: { vm: 'vm0', vcpu: 0, exitReason: 10, state: 'killed' }
})

export const exitUnserved = note({
  type: 'exit.unserved',
  layer,
  level: 'story',
  loud: 'unmodelled',
  data: closed({ ...exit, name: Type.String() }),
  says: ({ vm, vcpu, name }) => `${name} of ${vm}/vcpu${vcpu} is an exit that this VMM does not serve`,
  example: { vm: 'vm0', vcpu: 0, exitReason: 6, name: 'KVM_EXIT_MMIO' }
})

export const vmmMessage = note({
  type: 'vmm.message',
  layer,
  level: 'story',
  rule: 'services/vmm/errors/on-sigbus-qemu.ts#onSigbusQemu',
  data: closed({ ...vm, hostVirtual: U64, text: Type.String() }),
  says: ({ hostVirtual, text }) => `the VMM logs: ${text} (${hostVirtual})`,
  example: { vm: 'vm0', hostVirtual: '0xaaaab0000000', text: 'the memory error is in memory of QEMU itself' }
})

export const qmpNothingDone = note({
  type: 'qmp.nothing-done',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/vmm/telling/qmp-inject.ts#injectGhesV2Error',
  data: closed({ ...vm, because }),
  says: ({ vm, because }) => `inject-ghes-v2-error does nothing to ${vm}: ${because}`,
  example: { vm: 'vm0', because: 'there is no GHES yet, and that is no error to QMP' }
})

export const VMM_ERROR_NOTES = [
  policyAsked,
  policyAnswered,
  decisionRefused,
  recordWritten,
  recordWaiting,
  recordDropped,
  signalTooLate,
  signalUnmodelled,
  signalNoMemoryError,
  sigbusSlotOccupied,
  exitTooLate,
  exitUnserved,
  vmmMessage,
  qmpNothingDone
]
