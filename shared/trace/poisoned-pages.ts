import { pagePoison, pageSoftOffline } from '../contracts/notes/kernel-steps-mm.ts'
import type { WireEntry } from './entry.ts'

/** What a kernel notes when it sets PG_hwpoison on a frame. */
export const SETS_PG_HWPOISON: ReadonlySet<string> = new Set([pagePoison.name, pageSoftOffline.name])

/**
 * How many frames have PG_hwpoison in the host kernel, and in the guest kernels together, at the end of a journal: each
 * frame that a kernel said it set the flag on, whatever came of it, since that kernel was started.
 */
export function poisonedPages(journal: readonly WireEntry[]): { readonly host: number; readonly guest: number } {
  const host = new Set<string>()
  const guests = new Map<string, Set<string>>()
  for (const { kind, type, data } of journal) {
    const { vm, name, data: step } = (data ?? {}) as { vm?: string; name?: string; data?: { pfn?: string } }
    if (kind === 'message' && type === 'host.boot') host.clear()
    if (kind === 'message' && (type === 'guest.reset' || type === 'guest.create')) guests.delete(vm ?? '')
    if (kind !== 'note' || !SETS_PG_HWPOISON.has(name ?? '') || step?.pfn === undefined) continue
    if (type === 'host.step') host.add(step.pfn)
    if (type === 'guest.step') guests.set(vm ?? '', (guests.get(vm ?? '') ?? new Set<string>()).add(step.pfn))
  }
  return { host: host.size, guest: [...guests.values()].reduce((sum, { size }) => sum + size, 0) }
}
