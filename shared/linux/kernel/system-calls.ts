import { MADV_HWPOISON, MADV_SOFT_OFFLINE, madviseInjectError } from '../mm/madvise-hwpoison.ts'
import { madviseDontneed } from '../mm/vma.ts'
import { PR_MCE_KILL, PR_MCE_KILL_GET } from './prctl-mce-kill.ts'
import { EINVAL } from './errno.ts'
import type { Context, Kernel } from './state.ts'

/** System calls by the names that user space has for their arguments. */
const ADVICE = { MADV_HWPOISON, MADV_SOFT_OFFLINE } as const
export const PRCTL = { PR_MCE_KILL, PR_MCE_KILL_GET } as const

/** What a system call returns as libc shows it: -1 and errno for a negated error number. */
export function returned(value: number): { readonly ret: number; readonly errno: number } {
  return value < 0 ? { ret: -1, errno: -value } : { ret: value, errno: 0 }
}

interface Madvise {
  readonly advice: keyof typeof ADVICE | 'MADV_DONTNEED'
  readonly virtual: bigint
  readonly length: bigint
  readonly capSysAdmin?: boolean | undefined
}

export function madvise(k: Kernel, ctx: Context, { advice, virtual, length, capSysAdmin }: Madvise) {
  if (advice === 'MADV_DONTNEED') {
    const page = BigInt(k.options.pageSize)
    if (virtual % page !== 0n) return returned(-EINVAL)
    const whole = ((length + page - 1n) / page) * page
    return returned(whole === 0n ? 0 : madviseDontneed(k, ctx.pid ?? 0, virtual, whole))
  }
  return returned(madviseInjectError(k, ctx, ADVICE[advice], virtual, length, capSysAdmin))
}

interface Arguments {
  readonly arg2?: number | undefined
  readonly arg3?: number | undefined
  readonly arg4?: number | undefined
  readonly arg5?: number | undefined
}

/** Arguments that are not given are 0. */
export function mceKillArguments({ arg2 = 0, arg3 = 0, arg4 = 0, arg5 = 0 }: Arguments) {
  return [arg2, arg3, arg4, arg5] as const
}
