import { Type, type Static, type TObject } from 'typebox'
import { SIGABRT, SIGBUS, SIGBUS_CODE_NAME, SIGKILL, SIGSEGV } from '../../formats/siginfo.ts'
import { AddressLsb, closed, Pid } from '../common.ts'
import type { Notice, RuleName } from '../caption.ts'
import type { Wired } from '../wired.ts'
import { U64 } from '../wire.ts'

/** What every Linux kernel says, the host's and a guest's: its log, its tracepoints, its signals, how accesses end. */

const Siginfo = closed({
  signo: Type.Integer({ minimum: 1, maximum: 64 }),
  code: Type.Integer(),
  address: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'si_addr' })),
  addressLsb: Type.Optional(AddressLsb)
})
/** Kernel functions that send signals here. */
const ORIGINS = [
  'memory_failure',
  'memory_failure_cb',
  'get_signal',
  'do_sea',
  'do_mem_abort',
  'do_page_fault',
  'ghes_do_proc',
  'kvm_send_hwpoison_signal'
] as const
export const signalFields = {
  pid: Pid,
  tid: Pid,
  info: Siginfo,
  forced: Type.Boolean(),
  effect: Type.Enum(['handler', 'pending', 'ignored', 'lost', 'killed']),
  origin: Type.String({
    description: 'the kernel function it came from, e.g. memory_failure',
    'x-names': ORIGINS
  })
}
type Signal = Wired<Static<TObject<typeof signalFields>>>

export const printkFields = { type: Type.Literal('printk'), text: Type.String({ description: 'one line of dmesg' }) }
/** Tracepoints of the error path that are modelled. */
const TRACEPOINTS = ['memory_failure_event', 'mc_event', 'aer_event', 'arm_event', 'non_standard_event'] as const
export const traceFields = {
  type: Type.Literal('trace'),
  event: Type.String({ description: 'the tracepoint, e.g. memory_failure_event', 'x-names': TRACEPOINTS }),
  text: Type.String({ description: 'its text form' }),
  comm: Type.String(),
  pid: Type.Integer({ minimum: 0 })
}

export const ACCESS_OUTCOMES = ['completed', 'signalled', 'killed', 'EFAULT', 'oops', 'gone'] as const
export const AccessOutcome = Type.Enum([...ACCESS_OUTCOMES])

const SIGNAL_NAME: ReadonlyMap<number, string> = new Map([
  [SIGABRT, 'SIGABRT'],
  [SIGKILL, 'SIGKILL'],
  [SIGSEGV, 'SIGSEGV']
])

/** Every name that a signal of the error path can have. */
export const SIGNAL_NAMES: readonly string[] = [...SIGBUS_CODE_NAME.values(), ...SIGNAL_NAME.values()]

/** A signal by name: the code of a SIGBUS that has one, else the signal's own name. */
export function signalName({ signo, code }: { readonly signo: number; readonly code: number }): string {
  if (signo !== SIGBUS) return SIGNAL_NAME.get(signo) ?? `signal ${signo}`
  return SIGBUS_CODE_NAME.get(code) ?? `SIGBUS ${code}`
}

const EFFECTS: Readonly<Record<Signal['effect'], string>> = {
  handler: 'its handler runs',
  pending: 'blocked, it pends',
  ignored: 'ignored',
  lost: 'lost: there is no such thread, or the signal pends already',
  killed: 'it dies'
}

function saysSignal({ pid, tid, info, effect, origin }: Signal): string {
  const name = info.signo === SIGBUS ? `SIGBUS ${signalName(info)}` : signalName(info)
  const { address, addressLsb } = info
  const at = address === undefined ? '' : ` si_addr ${address}`
  const lsb = addressLsb === undefined ? '' : ` si_addr_lsb ${addressLsb}`
  return `${origin} sends ${name} to ${pid}/${tid}${at}${lsb}: ${EFFECTS[effect]}`
}

/** The rules that send signals, by the kernel function that a signal names as its origin. */
export const SIGNAL_RULES: Readonly<Record<string, RuleName>> & Readonly<Record<(typeof ORIGINS)[number], RuleName>> = {
  memory_failure: 'shared/linux/mm/kill-procs.ts#killProc',
  memory_failure_cb: 'shared/linux/mm/memory-failure-queue.ts#runMemoryFailureWork',
  get_signal: 'shared/linux/kernel/signal.ts#blockSigbus',
  do_sea: 'shared/linux/arm64/do-sea.ts#doSea',
  do_mem_abort: 'shared/linux/arm64/do-sea.ts#doMemAbort',
  do_page_fault: 'shared/linux/arm64/user-access.ts#userAccess',
  ghes_do_proc: 'shared/linux/apei/ghes-do-proc.ts#ghesDoProc',
  kvm_send_hwpoison_signal: 'shared/linux/kvm/send-hwpoison-signal.ts#sendHwpoisonSignal'
}
const ruleOfSignal = ({ origin }: Signal): RuleName | undefined => SIGNAL_RULES[origin]

/** What a system call of user space came to; `name` is what it was asked for. */
export const syscallFields = {
  pid: Type.Optional(Pid),
  tid: Type.Optional(Pid),
  call: Type.Enum(['madvise', 'prctl', 'write']),
  name: Type.String({ description: 'the advice, the option, or the file written' }),
  ret: Type.Integer(),
  errno: Type.Integer({ minimum: 0 })
}
type Syscall = Wired<Static<TObject<typeof syscallFields>>>

/** The rules behind the system calls, by what they are asked for. */
export const SYSCALL_RULES: Readonly<Record<string, RuleName>> = {
  MADV_HWPOISON: 'shared/linux/mm/madvise-hwpoison.ts#madviseInjectError',
  MADV_SOFT_OFFLINE: 'shared/linux/mm/madvise-hwpoison.ts#madviseInjectError',
  MADV_DONTNEED: 'shared/linux/mm/vma.ts#madviseDontneed',
  PR_MCE_KILL: 'shared/linux/kernel/prctl-mce-kill.ts#prctlMceKill',
  PR_MCE_KILL_GET: 'shared/linux/kernel/prctl-mce-kill.ts#prctlMceKill',
  soft_offline_page: 'shared/linux/mm/offline-files.ts#writeOfflineFile',
  hard_offline_page: 'shared/linux/mm/offline-files.ts#writeOfflineFile',
  'corrupt-pfn': 'shared/linux/mm/offline-files.ts#writeOfflineFile'
}

/** The end of a system call, in host and guest alike. */
export const SYSCALL = {
  level: 'story',
  rule: ({ name }: Syscall): RuleName | undefined => SYSCALL_RULES[name],
  says: ({ pid, tid, call, name, ret, errno }: Syscall) =>
    `${call}(${name})${pid === undefined ? '' : ` of ${pid}/${tid ?? pid}`} returns ${ret}${errno === 0 ? '' : `, errno ${errno}`}`
} as const

/** The rules behind the tracepoints. */
export const TRACE_RULES: Readonly<Record<string, RuleName>> = {
  memory_failure_event: 'shared/linux/mm/action-result.ts#actionResult',
  mc_event: 'shared/linux/apei/ghes-edac.ts#ghesEdacReportMemError',
  arm_event: 'shared/linux/ras/log-arm-hw-error.ts#logArmHwError',
  non_standard_event: 'shared/linux/ras/non-standard-event.ts#logNonStandardEvent',
  aer_event: 'shared/linux/apei/ghes-handle-aer.ts#ghesHandleAer'
}
const ruleOfTrace = ({ event }: { readonly event: string }): RuleName | undefined => TRACE_RULES[event]

/** A line of dmesg, in host and guest alike. */
export const PRINTK = { level: 'story', says: ({ text }: { readonly text: string }) => `dmesg: ${text}` } as const

/** A tracepoint in its text form, in host and guest alike. */
export const TRACE = {
  level: 'story',
  rule: ruleOfTrace,
  says: ({ event, text }: { readonly event: string; readonly text: string }) => `trace: ${event}: ${text}`
} as const

/** By what a signal tells, at an address in the given space. */
export const signalNotice =
  (space: 'hostVirtual' | 'guestVirtual') =>
  ({ info, pid }: Signal): Notice => ({ by: signalName(info), at: { [space]: info.address }, pid })

/** A signal of a kernel, in host and guest alike. */
export const SIGNAL = {
  level: 'story',
  mark: 'signal',
  loud: ({ effect }: { readonly effect: string }) => (effect === 'lost' ? 'lost' : undefined),
  rule: ruleOfSignal,
  says: saysSignal
} as const
