import type { Kernel } from './kernel.ts'

export function softOfflinePage(k: Kernel, pfn: bigint, flags: number): number {
  void [k, pfn, flags]
  return 0
}
