import { Type } from 'typebox'
import { closed, IoctlResult, Pid, UNSIGNED_LONG, VcpuIndex, VmName } from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** What user space asks a kernel about its memory: the same system calls and files for the host and for a guest. */
const HOST = '/v1/machines/:machine'
const GUEST = '/v1/machines/:machine/vms/:vm'

/** Two pieces of advice that inject an error, and the one by which a program gets fresh pages in place of bad ones. */
export const ADVICE = ['MADV_HWPOISON', 'MADV_SOFT_OFFLINE', 'MADV_DONTNEED'] as const
const Advice = Type.Enum([...ADVICE], { title: 'Advice' })
const capSysAdmin = Type.Optional(Type.Boolean({ default: true, description: 'the caller has CAP_SYS_ADMIN' }))
const tid = Type.Optional(Type.Unsafe<number>({ ...Pid, description: 'the calling thread; default the leader' }))
const vcpu = Type.Optional(
  Type.Unsafe<number>({ ...VcpuIndex, description: 'where the task runs when it calls; default 0' })
)

const MADVISE = {
  summary: 'madvise(MADV_HWPOISON, MADV_SOFT_OFFLINE or MADV_DONTNEED) by a thread, over a range of its own memory',
  description:
    'The first two are a software-simulated error: the kernel treats the pages as bad, no line of hardware is. Answers as the system call does: ret 0, or ret -1 and errno (EPERM, EINVAL, EFAULT, EBUSY, ENOMEM, EOPNOTSUPP ...). From 6.12 on MADV_HWPOISON signals its caller.'
} as const
const PRCTL_ARGUMENTS = {
  option: Type.Enum(['PR_MCE_KILL', 'PR_MCE_KILL_GET']),
  arg2: Type.Optional(
    Type.Integer({
      ...UNSIGNED_LONG,
      default: 0,
      description: 'of PR_MCE_KILL: 0 PR_MCE_KILL_CLEAR, 1 PR_MCE_KILL_SET'
    })
  ),
  arg3: Type.Optional(
    Type.Integer({
      ...UNSIGNED_LONG,
      default: 0,
      description: 'of PR_MCE_KILL_SET: 0 PR_MCE_KILL_LATE, 1 PR_MCE_KILL_EARLY, 2 PR_MCE_KILL_DEFAULT'
    })
  ),
  arg4: Type.Optional(Type.Integer({ ...UNSIGNED_LONG, default: 0 })),
  arg5: Type.Optional(Type.Integer({ ...UNSIGNED_LONG, default: 0 }))
}
const PRCTL = {
  summary: 'prctl(PR_MCE_KILL or PR_MCE_KILL_GET) by a thread, for itself alone',
  description: 'PR_MCE_KILL_GET answers the policy as ret: 0 late, 1 early, 2 default. What the call refuses is EINVAL.'
} as const

/** Files through which user space takes a frame out of use. */
export const OFFLINE_FILES = ['soft_offline_page', 'hard_offline_page', 'corrupt-pfn'] as const
const OFFLINE = {
  summary: 'Writes to one of the files that take a page frame out of use',
  description:
    'soft_offline_page and hard_offline_page of /sys/devices/system/memory take an address, corrupt-pfn of /sys/kernel/debug/hwpoison a frame number. ret is 0 where write(2) returns its count, else -1 with errno.'
} as const
const OfflineFile = Type.Enum([...OFFLINE_FILES], { title: 'OfflineFile' })
const value = Type.Unsafe<bigint>({
  ...U64,
  description: 'what is written: an address, physical to this kernel; for corrupt-pfn a frame number'
})

export const processMadvise = message({
  type: 'process.madvise',
  to: 'host-kernel',
  method: 'POST',
  path: `${HOST}/processes/:pid/madvise`,
  ...MADVISE,
  data: closed({ pid: Pid, tid, hostVirtual: U64, length: U64, advice: Advice, capSysAdmin }),
  reply: IoctlResult,
  example: { pid: 119, hostVirtual: '0xffff9a801000', length: '0x1000', advice: 'MADV_HWPOISON' }
})
export const processPrctl = message({
  type: 'process.prctl',
  to: 'host-kernel',
  method: 'POST',
  path: `${HOST}/processes/:pid/prctl`,
  ...PRCTL,
  data: closed({ pid: Pid, tid, ...PRCTL_ARGUMENTS }),
  reply: IoctlResult,
  example: { pid: 119, option: 'PR_MCE_KILL', arg2: 1, arg3: 1 }
})
export const hostPageOffline = message({
  type: 'page.offline',
  to: 'host-kernel',
  method: 'PUT',
  path: `${HOST}/page-offline/:file`,
  ...OFFLINE,
  data: closed({ file: OfflineFile, value, capSysAdmin }),
  reply: IoctlResult,
  example: { file: 'soft_offline_page', value: '0x7bf15000' }
})

export const taskMadvise = message({
  type: 'task.madvise',
  to: 'guest',
  method: 'POST',
  path: `${GUEST}/tasks/:pid/madvise`,
  ...MADVISE,
  data: closed({ vm: VmName, pid: Pid, vcpu, guestVirtual: U64, length: U64, advice: Advice, capSysAdmin }),
  reply: IoctlResult,
  example: { pid: 1200, guestVirtual: '0xffff90000000', length: '0x1000', advice: 'MADV_HWPOISON' }
})
export const taskPrctl = message({
  type: 'task.prctl',
  to: 'guest',
  method: 'POST',
  path: `${GUEST}/tasks/:pid/prctl`,
  ...PRCTL,
  data: closed({ vm: VmName, pid: Pid, vcpu, ...PRCTL_ARGUMENTS }),
  reply: IoctlResult,
  example: { pid: 1200, option: 'PR_MCE_KILL', arg2: 1, arg3: 1 }
})
export const guestPageOffline = message({
  type: 'page.offline',
  to: 'guest',
  method: 'PUT',
  path: `${GUEST}/page-offline/:file`,
  ...OFFLINE,
  data: closed({ vm: VmName, vcpu, file: OfflineFile, value, capSysAdmin }),
  reply: IoctlResult,
  example: { file: 'soft_offline_page', value: '0x40001000' }
})

export const HOST_SYSTEM_CALLS = [processMadvise, processPrctl, hostPageOffline]
export const GUEST_SYSTEM_CALLS = [taskMadvise, taskPrctl, guestPageOffline]
