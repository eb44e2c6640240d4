import type { Kernel, Thread } from './state.ts'
import { EINVAL } from './errno.ts'
import { runningProcess, threadOf, updateThread } from './task.ts'

export const PR_MCE_KILL = 33
export const PR_MCE_KILL_GET = 34
export const PR_MCE_KILL_CLEAR = 0
export const PR_MCE_KILL_SET = 1
export const PR_MCE_KILL_LATE = 0
export const PR_MCE_KILL_EARLY = 1
export const PR_MCE_KILL_DEFAULT = 2

const POLICY: Readonly<Record<number, Thread['mceKill']>> = {
  [PR_MCE_KILL_LATE]: 'late',
  [PR_MCE_KILL_EARLY]: 'early',
  [PR_MCE_KILL_DEFAULT]: 'default'
}
const NUMBER: Readonly<Record<Thread['mceKill'], number>> = {
  late: PR_MCE_KILL_LATE,
  early: PR_MCE_KILL_EARLY,
  default: PR_MCE_KILL_DEFAULT
}

/**
 * prctl(PR_MCE_KILL or PR_MCE_KILL_GET, ...): the policy of the calling thread alone. Returns what the call returns.
 *
 * Spec: Linux 6.1.192, kernel/sys.c, prctl, PR_MCE_KILL, PR_MCE_KILL_GET.
 * Fidelity: exact.
 */
export function prctlMceKill(
  k: Kernel,
  pid: number,
  tid: number,
  option: typeof PR_MCE_KILL | typeof PR_MCE_KILL_GET,
  args: readonly [number, number, number, number] = [0, 0, 0, 0]
): number {
  const process = runningProcess(k, pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (thread === undefined) return -EINVAL
  const [arg2, arg3, arg4, arg5] = args
  if (option === PR_MCE_KILL_GET) return args.some((arg) => arg !== 0) ? -EINVAL : NUMBER[thread.mceKill]
  if (arg4 !== 0 || arg5 !== 0) return -EINVAL
  if (arg2 === PR_MCE_KILL_CLEAR && arg3 === 0) updateThread(k, pid, tid, { mceKill: 'default' })
  else {
    const mceKill = arg2 === PR_MCE_KILL_SET ? POLICY[arg3] : undefined
    if (mceKill === undefined) return -EINVAL
    updateThread(k, pid, tid, { mceKill })
  }
  return 0
}
