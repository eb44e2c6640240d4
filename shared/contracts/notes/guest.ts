import { hex } from '../../formats/hex.ts'
import { Type } from 'typebox'
import { AccessKind, closed, Pid, SourceId, VcpuIndex, VmName } from '../common.ts'
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

/** What guests leave in the journal, the steps of their kernels left out (steps.ts). */
const layer = 'guest'
const vm = { vm: VmName }

export const guestPrintk = note({
  type: 'guest.printk',
  layer,
  ...PRINTK,
  data: closed({ ...vm, ...printkFields }),
  example: { vm: 'vm0', type: 'printk', text: 'HEST: Table parsing has been initialized.' }
})

export const guestTrace = note({
  type: 'guest.trace',
  layer,
  ...TRACE,
  data: closed({ ...vm, ...traceFields }),
  example: {
    vm: 'vm0',
    type: 'trace',
    event: 'memory_failure_event',
    text: 'pfn 0x40001: recovery action for dirty LRU page: Recovered',
    comm: 'kworker',
    pid: 0
  }
})

export const guestSignal = note({
  type: 'guest.signal',
  layer,
  ...SIGNAL,
  notice: signalNotice('guestVirtual'),
  data: closed({ ...vm, ...signalFields }),
  example: {
    vm: 'vm0',
    pid: 1200,
    tid: 1200,
    info: { signo: 7, code: 4, address: '0xffff90000018', addressLsb: 12 },
    forced: true,
    effect: 'killed',
    origin: 'do_page_fault'
  }
})

export const guestFlow = note({
  type: 'guest.flow',
  layer,
  level: 'story',
  mark: 'guest-notification',
  rule: ({ flow }) =>
    flow === 'POLL'
      ? 'shared/linux/apei/ghes-poll.ts#ghesPoll'
      : flow === 'IRQ'
        ? 'shared/linux/apei/ghes-notify-hed.ts#notifyHed'
        : 'services/guest/take-exception.ts#takeException',
  data: Type.Union([
    closed({ ...vm, flow: Type.Enum(['SEA', 'SEI']), vector: Type.Integer({ minimum: 0, maximum: 0x780 }), esr: U64 }),
    closed({ ...vm, flow: Type.Literal('IRQ'), intid: Type.Integer({ minimum: 0 }) }),
    closed({ ...vm, flow: Type.Literal('POLL'), source: SourceId })
  ]),
  says: ({ flow }) => `runs its ${flow} flow`,
  example: { vm: 'vm0', flow: 'SEA', vector: 1024, esr: '0x92000010' }
})

export const guestAccess = note({
  type: 'guest.access',
  layer,
  level: 'story',
  data: closed({
    ...vm,
    vcpu: VcpuIndex,
    pid: Pid,
    guestVirtual: U64,
    access: AccessKind,
    outcome: AccessOutcome
  }),
  says: ({ pid, access, guestVirtual, outcome }) => `task ${pid}'s ${access} of ${guestVirtual}: ${outcome}`,
  example: { vm: 'vm0', vcpu: 0, pid: 1200, guestVirtual: '0xffff90000018', access: 'load', outcome: 'completed' }
})

export const guestSyscall = note({
  type: 'guest.syscall',
  layer,
  ...SYSCALL,
  data: closed({ ...vm, ...syscallFields }),
  example: { vm: 'vm0', pid: 1200, tid: 1200, call: 'prctl', name: 'PR_MCE_KILL', ret: 0, errno: 0 }
})

export const guestUnmodelled = note({
  type: 'guest.unmodelled',
  layer,
  level: 'story',
  loud: 'unmodelled',
  data: closed({
    ...vm,
    what: Type.Enum(['exception class', 'exception vector', 'interrupt']),
    vector: Type.Optional(Type.Integer({ minimum: 0, maximum: 0x780 })),
    esr: Type.Optional(U64),
    intid: Type.Optional(Type.Integer({ minimum: 0 }))
  }),
  says: ({ what, vector, esr, intid }) =>
    `${what}${vector === undefined ? '' : ` at VBAR_EL1 + ${hex(vector)}`}${optional(', ESR_EL1 ', esr)}${optional(' INTID ', intid)}`,
  example: { vm: 'vm0', vector: 640, what: 'exception vector' }
})

export const GUEST_NOTES = [guestPrintk, guestTrace, guestSignal, guestFlow, guestAccess, guestSyscall, guestUnmodelled]
