import { Type } from 'typebox'
import { AccessKind, closed, Notification, Pid, SourceId, VcpuIndex, VmName } from '../common.ts'
import { optional } from '../sentence.ts'
import { U64 } from '../wire.ts'
import {
  AccessOutcome,
  PRINTK,
  printkFields,
  SIGNAL,
  signalFields,
  signalNotice,
  SYSCALL,
  syscallFields,
  TRACE,
  traceFields
} from './kernel.ts'
import { note } from './note.ts'

/** What the host kernel leaves in the journal, its steps left out (steps.ts). */
const layer = 'host-kernel'

export const hostPrintk = note({
  type: 'host.printk',
  layer,
  ...PRINTK,
  data: closed(printkFields),
  example: { type: 'printk', text: 'Memory failure: 0x7c001: recovery action for dirty LRU page: Recovered' }
})

export const hostTrace = note({
  type: 'host.trace',
  layer,
  ...TRACE,
  data: closed(traceFields),
  example: {
    type: 'trace',
    event: 'memory_failure_event',
    text: 'pfn 0x7c001: recovery action for dirty LRU page: Recovered',
    comm: 'kworker',
    pid: 0
  }
})

export const hostSignal = note({
  type: 'host.signal',
  layer,
  ...SIGNAL,
  notice: signalNotice('hostVirtual'),
  lanes: { to: 'process' },
  data: closed(signalFields),
  example: {
    pid: 119,
    tid: 119,
    info: { signo: 7, code: 4, address: '0xffff9a801000', addressLsb: 12 },
    forced: true,
    effect: 'killed',
    origin: 'memory_failure'
  }
})

export const hostAccess = note({
  type: 'host.access',
  layer,
  level: 'story',
  lanes: { from: 'process', to: 'process' },
  data: closed({ pid: Pid, tid: Pid, hostVirtual: U64, access: AccessKind, outcome: AccessOutcome }),
  says: ({ pid, tid, hostVirtual, access, outcome }) => `${access} of ${hostVirtual} by ${pid}/${tid}: ${outcome}`,
  example: { pid: 119, tid: 119, hostVirtual: '0xffff9a801018', access: 'load', outcome: 'signalled' }
})

export const hostSyscall = note({
  type: 'host.syscall',
  layer,
  ...SYSCALL,
  lanes: { from: 'process', to: 'process' },
  data: closed(syscallFields),
  example: { pid: 119, tid: 119, call: 'madvise', name: 'MADV_HWPOISON', ret: 0, errno: 0 }
})

export const hostSerrorAtExit = note({
  type: 'host.serror-at-exit',
  layer,
  level: 'story',
  mark: 'exception',
  rule: 'shared/linux/kvm/guest-serror.ts#handleExitEarly',
  lanes: { from: 'kvm', to: 'kvm' },
  data: closed({
    vm: VmName,
    vcpu: VcpuIndex,
    disr: U64,
    esr: Type.Unsafe<bigint>({ ...U64, description: 'the deferred syndrome as ESR_EL2' }),
    discarded: Type.String({ description: 'the trap that it came with' })
  }),
  says: ({ vm, vcpu, disr, esr, discarded }) =>
    `the ESB at the exit of ${vm}/vcpu${vcpu} finds DISR_EL1 ${disr}: ESR ${esr} is judged, the ${discarded} is discarded`,
  example: { vm: 'vm0', vcpu: 0, disr: '0x80000c11', esr: '0xbc000c11', discarded: 'stage-2-fault' }
})

export const hostPanic = note({
  type: 'host.panic',
  layer,
  level: 'story',
  mark: 'end',
  rule: 'shared/linux/kernel/panic.ts#panic',
  data: closed({ text: Type.String() }),
  says: ({ text }) => `host panics: ${text}`,
  example: { text: 'GHES: Fatal hardware error' }
})

export const hostSourceRefused = note({
  type: 'host.source-refused',
  layer,
  level: 'story',
  loud: 'refused',
  rule: 'services/host-kernel/apei.ts#onApeiNotify',
  data: closed({ source: SourceId, notify: Notification, because: Type.String() }),
  says: ({ source, notify, because }) => `source ${source} refused (${notify}): ${because}`,
  example: { source: 5, notify: 'SEI', because: 'Linux has no GHES support for SEI (HEST type 9)' }
})

export const hostSdei = note({
  type: 'host.sdei',
  layer,
  level: 'story',
  mark: 'notification',
  rule: 'shared/linux/apei/ghes-notify-sdei.ts#notifySdei',
  data: closed({
    event: Type.Optional(Type.Integer({ minimum: 0 })),
    status: Type.Integer({ minimum: 0, maximum: 1 }),
    call: Type.Enum(['EVENT_COMPLETE', 'EVENT_COMPLETE_AND_RESUME']),
    functionId: Type.Integer(),
    resumeOffset: Type.Optional(Type.Integer({ description: 'offset of the vector that it resumes at' })),
    queued: Type.Boolean({ description: 'records wait for the irq_work' })
  }),
  says: ({ event, status, call }) =>
    `the handler of SDEI event${optional(' ', event)} leaves by ${call}, ${status === 0 ? 'with a record' : 'with none'}`,
  example: {
    event: 804,
    status: 0,
    call: 'EVENT_COMPLETE_AND_RESUME',
    functionId: 3_288_334_374,
    resumeOffset: 640,
    queued: true
  }
})

export const hostUnmodelled = note({
  type: 'host.unmodelled',
  layer,
  level: 'story',
  loud: 'unmodelled',
  data: closed({ what: Type.String(), vector: Type.Integer({ minimum: 0 }), source: SourceId }),
  says: ({ what, vector, source }) => `${what}: vector ${vector}, source ${source}`,
  example: { what: 'interrupt without a GED', vector: 99, source: 3 }
})

export const hostUnsignalled = note({
  type: 'host.unsignalled',
  layer,
  level: 'story',
  rule: 'shared/linux/kvm/user-mem-abort.ts#userMemAbort',
  lanes: { from: 'kvm', to: 'kvm' },
  data: closed({ vm: VmName, vcpu: VcpuIndex, because: Type.String() }),
  says: ({ vm, vcpu, because }) => `${vm}/vcpu${vcpu} goes back to the same instruction: ${because}`,
  example: { vm: 'vm0', vcpu: 0, because: 'SIGBUS is blocked in the vCPU thread' }
})

export const HOST_KERNEL_NOTES = [
  hostPrintk,
  hostTrace,
  hostSignal,
  hostAccess,
  hostSyscall,
  hostSerrorAtExit,
  hostPanic,
  hostSourceRefused,
  hostSdei,
  hostUnmodelled,
  hostUnsignalled
]
