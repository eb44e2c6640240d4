import { MADV_HWPOISON, MADV_SOFT_OFFLINE, madviseInjectError } from '../mm/madvise-hwpoison.ts'
import { PR_MCE_KILL, PR_MCE_KILL_GET } from './prctl-mce-kill.ts'
import type { Context, Kernel } from './state.ts'

/** System calls by the names that user space has for their arguments. */
const ADVICE = { MADV_HWPOISON, MADV_SOFT_OFFLINE } as const
export const PRCTL = { PR_MCE_KILL, PR_MCE_KILL_GET } as const

/** What a system call returns as libc shows it: -1 and errno for a negated error number. */
export function returned(value: number): { readonly ret: number; readonly errno: number } {
  return value < 0 ? { ret: -1, errno: -value } : { ret: value, errno: 0 }
}

interface Madvise {
  readonly advice: keyof typeof ADVICE
  readonly virtual: bigint
  readonly length: bigint
  readonly capSysAdmin?: boolean | undefined
}

export function madvise(k: Kernel, ctx: Context, { advice, virtual, length, capSysAdmin }: Madvise) {
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
