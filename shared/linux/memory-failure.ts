import type { Context, Kernel } from './kernel.ts'

export interface MemoryFailureResult {
  readonly ret: number
}
export function memoryFailure(k: Kernel, pfn: bigint, flags: number, ctx: Context): MemoryFailureResult {
  void [k, pfn, flags, ctx]
  return { ret: 0 }
}
