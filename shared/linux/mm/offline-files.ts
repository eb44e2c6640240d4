import { hex } from '../../formats/hex.ts'
import { ENOENT, ENXIO, EOPNOTSUPP, EPERM } from '../kernel/errno.ts'
import { printk } from '../kernel/printk.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { memoryFailure } from './memory-failure.ts'
import { MF_SW_SIMULATED } from './memory-failure-flags.ts'
import { pageAt } from './page-kind.ts'
import { pageShift } from './page-table.ts'
import { softOfflinePage } from './soft-offline.ts'

/** /sys/devices/system/memory/{soft,hard}_offline_page and /sys/kernel/debug/hwpoison/corrupt-pfn. */
export type OfflineFile = 'soft_offline_page' | 'hard_offline_page' | 'corrupt-pfn'

/**
 * A write to a file that takes a frame out of use: an address for the first two, a frame number for the last. Returns 0
 * where write(2) returns the bytes written, or a negated errno. The errors are simulated ones; nobody is told as the
 * consumer. A kernel without CONFIG_MEMORY_FAILURE has no such files.
 *
 * Spec: Linux 6.1.192, drivers/base/memory.c, soft_offline_page_store, hard_offline_page_store; mm/hwpoison-inject.c,
 * hwpoison_inject.
 * Fidelity: omits the filters of hwpoison-inject (corrupt-filter-*) and unpoison-pfn.
 */
export function writeOfflineFile(
  k: Kernel,
  ctx: Context,
  file: OfflineFile,
  value: bigint,
  capSysAdmin = true
): number {
  if (!k.options.memoryFailure) return -ENOENT
  if (!capSysAdmin) return -EPERM
  if (file === 'soft_offline_page') return softOfflinePage(k, value >> BigInt(pageShift(k)))
  if (file === 'hard_offline_page') return simulated(k, value >> BigInt(pageShift(k)), ctx)
  if (pageAt(k, value).kind === 'outside') return -ENXIO
  printk(k, `Injecting memory failure at pfn ${hex(value)}`)
  return simulated(k, value, ctx)
}

function simulated(k: Kernel, pfn: bigint, ctx: Context): number {
  const { ret } = memoryFailure(k, pfn, MF_SW_SIMULATED, ctx)
  return ret === -EOPNOTSUPP ? 0 : ret
}
