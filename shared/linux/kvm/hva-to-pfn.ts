import type { Kernel, Vma } from '../kernel/state.ts'
import { pageShift, pteAt } from '../mm/page-table.ts'
import { runningProcess } from '../kernel/task.ts'

/** What KVM finds behind an address of the VMM. */
export type HvaPfn =
  | { readonly kind: 'pfn'; readonly pfn: bigint; readonly hostPhysical: bigint; readonly vma: Vma }
  | { readonly kind: 'hwpoison'; readonly vma: Vma }
  | { readonly kind: 'error' }

/**
 * hva_to_pfn(): the frame behind an address of the process that owns the VM. A poisoned page is told apart from every
 * other failure (FOLL_HWPOISON), whatever the access was. Device memory (VM_PFNMAP) has no struct page to be poisoned.
 *
 * Spec: Linux 6.1, virt/kvm/kvm_main.c, hva_to_pfn, hva_to_pfn_slow, check_user_page_hwpoison.
 * Fidelity: approximates; pages are always there, so nothing is swapped in and no fault fails for want of memory.
 */
export function hvaToPfn(k: Kernel, pid: number, hva: bigint): HvaPfn {
  const process = runningProcess(k, pid)
  const pte = process === undefined ? undefined : pteAt(k, process, hva)
  if (pte === undefined || pte.kind === 'none') return { kind: 'error' }
  if (pte.kind === 'hwpoison') return { kind: 'hwpoison', vma: pte.vma }
  return { kind: 'pfn', pfn: pte.pfn, hostPhysical: pte.pfn << BigInt(pageShift(k)), vma: pte.vma }
}
