import { BUS_MCEERR_AR, SEGV_MAPERR, SIGBUS, SIGSEGV } from '../../formats/siginfo.ts'
import type { Context, Kernel, Siginfo, SignalDelivery } from '../kernel/state.ts'
import { EFAULT } from '../kernel/errno.ts'
import { findVma, pteAt, untagged } from '../mm/page-table.ts'
import { sendSignal } from '../kernel/signal.ts'
import { runningProcess } from '../kernel/task.ts'

export interface UserAccess {
  /** Address as the program uses it, tag and all. */
  readonly virtual: bigint
  readonly kind: 'load' | 'store' | 'fetch'
}

export type UserAccessResult =
  | { readonly outcome: 'ok'; readonly physical: bigint }
  /** The MMU faulted and do_page_fault() sent this. */
  | { readonly outcome: 'fault'; readonly info: Siginfo; readonly effect: SignalDelivery['effect'] }

export type KernelAccessResult =
  { readonly outcome: 'ok'; readonly physical: bigint } | { readonly outcome: 'fault'; readonly errno: typeof EFAULT }

/**
 * An access of a user thread up to the memory system: translated, or ended by the page fault handler. On a poisoned
 * page that is BUS_MCEERR_AR with the exact address, forced; lsb is the page's, for hugetlb the huge page's.
 *
 * Spec: Linux 6.1, arch/arm64/mm/fault.c, do_page_fault; mm/memory.c, do_swap_page.
 * Fidelity: approximates: permissions are not modelled; an address nobody maps is SIGSEGV SEGV_MAPERR.
 */
export function userAccess(k: Kernel, ctx: Context, { virtual }: UserAccess): UserAccessResult {
  const address = untagged(virtual)
  const process = runningProcess(k, ctx.pid)
  const pte = process === undefined ? { kind: 'none' as const } : pteAt(k, process, address)
  if (pte.kind === 'present') return { outcome: 'ok', physical: pte.physical }
  const info: Siginfo =
    pte.kind === 'none'
      ? { signo: SIGSEGV, code: SEGV_MAPERR, address }
      : { signo: SIGBUS, code: BUS_MCEERR_AR, address, addressLsb: pte.shift }
  const { pid, tid } = ctx
  const effect =
    pid === undefined || tid === undefined
      ? 'lost'
      : sendSignal(k, pid, tid, info, { forced: true, origin: 'do_page_fault' })
  return { outcome: 'fault', info, effect }
}

/**
 * An access of the kernel for a user: copy_from_user() and kin. A poisoned page gives -EFAULT and no signal.
 *
 * Spec: Linux 6.1, arch/arm64/mm/fault.c, do_page_fault, fixup_exception; arch/arm64/lib/copy_from_user.S.
 * Fidelity: exact for the outcome; a partial copy counts as none.
 */
export function kernelAccessForUser(k: Kernel, ctx: Context, { virtual }: UserAccess): KernelAccessResult {
  const process = runningProcess(k, ctx.pid)
  const pte = process === undefined ? { kind: 'none' as const } : pteAt(k, process, untagged(virtual))
  if (pte.kind === 'present') return { outcome: 'ok', physical: pte.physical }
  return { outcome: 'fault', errno: EFAULT }
}

/**
 * read() or write() of the file behind a mapping, at the page an address of it shows: -EIO when shmem (or hugetlbfs)
 * holds a poisoned page there, 0 otherwise.
 *
 * Spec: Linux 6.1.192, mm/shmem.c, shmem_file_read_iter, shmem_write_begin; fs/hugetlbfs/inode.c, hugetlbfs_read_iter.
 * Fidelity: approximates: any part of a poisoned huge page fails.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function fileAccess(k: Kernel, pid: number, virtual: bigint): 0 | -5 {
  const process = runningProcess(k, pid)
  const vma = process === undefined ? undefined : findVma(process, virtual)
  if (process === undefined || vma === undefined) return 0
  const kept = vma.backing === 'shmem' || vma.backing.startsWith('hugetlb-shared')
  return kept && pteAt(k, process, virtual).kind === 'hwpoison' ? -5 : 0
}
