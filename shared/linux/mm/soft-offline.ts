import { hex } from '../../formats/hex.ts'
import { pageMigrate, pageSoftOffline } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Kernel } from '../kernel/state.ts'
import { EBUSY, EIO, ENOMEM, ENXIO, EOPNOTSUPP } from '../kernel/errno.ts'
import { allocateFrames } from './frame-alloc.ts'
import { splitThp } from './hwpoison-user-mappings.ts'
import { pageAt } from './page-kind.ts'
import { addPage, hasPage } from '../../sparse/page-set.ts'
import { alignDown, isHugetlb, mappingShift, pageShift, type Mapping } from './page-table.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { replaceFrame } from './vma.ts'

/**
 * soft_offline_page(): takes a frame with many corrected errors out of use without anybody noticing: its contents move
 * to another frame. No signal, no trace event. Returns 0 or a negated errno; on failure the frame stays in use.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, soft_offline_page, soft_offline_in_use_page; 6.12.117 for
 * vm.enable_soft_offline.
 * Fidelity: approximates: migration fails only for want of memory or because of extra references.
 */
export function softOfflinePage(k: Kernel, pfn: bigint): number {
  const page = pageAt(k, pfn)
  if (page.kind === 'outside') return -ENXIO
  if (page.kind === 'dax') return -EIO
  if (knob(k.version, 'softOfflineSysctl') && k.sysctl.enable_soft_offline === 0) {
    printk(k, 'Soft offline: disabled by /proc/sys/vm/enable_soft_offline')
    return -EOPNOTSUPP
  }
  if (hasPage(k.hwpoison, pfn)) {
    say(k, pfn, 'already')
    return 0
  }
  switch (page.kind) {
    case 'free':
    case 'free-hugetlb':
      return handlePoison(k, pfn)
    case 'mapped':
      return inUse(k, pfn, page.mappings)
    case 'file-clean':
      say(k, pfn, 'invalidated')
      return handlePoison(k, pfn)
    case 'file-dirty':
      return handlePoison(k, pfn)
    default:
      printk(k, `Memory failure: ${hex(pfn)}: unhandlable page.`)
      return -EIO
  }
}

/** Lines as 6.1 writes each of them, and as `Soft offline: 0x<pfn>: <text>` of later versions. */
const LINES = {
  already: { old: (pfn: string) => `soft_offline_page: ${pfn} page already poisoned`, text: 'page already poisoned' },
  invalidated: { old: (pfn: string) => `soft_offline: ${pfn}: invalidated`, text: 'invalidated' },
  unsplit: { old: (pfn: string) => `soft offline: ${pfn}: thp split failed`, text: 'thp split failed' },
  page: { old: (pfn: string) => `soft offline: ${pfn}: page migration failed 1`, text: 'page migration failed 1' },
  hugepage: {
    old: (pfn: string) => `soft offline: ${pfn}: hugepage migration failed 1`,
    text: 'hugepage migration failed 1'
  }
} as const

function say(k: Kernel, pfn: bigint, what: keyof typeof LINES): void {
  const { old, text } = LINES[what]
  printk(k, knob(k.version, 'softOfflinePrefix') ? `Soft offline: ${hex(pfn)}: ${text}` : old(hex(pfn)))
}

/** page_handle_poison(): PG_hwpoison and the counter. */
function handlePoison(k: Kernel, pfn: bigint): number {
  k.hwpoison = addPage(k.hwpoison, pfn)
  k.hardwareCorruptedPages++
  stepEvent(k, pageSoftOffline, { pfn, physical: pfn << BigInt(pageShift(k)) })
  return 0
}

function inUse(k: Kernel, pfn: bigint, mappings: readonly Mapping[]): number {
  const [first] = mappings as [Mapping, ...Mapping[]]
  const thp = mappings.filter(({ vma }) => vma.backing === 'thp')
  if (thp.length > 0 && !splitThp(k, thp)) {
    say(k, pfn, 'unsplit')
    return -EBUSY
  }
  const kind = isHugetlb(first.vma) ? 'hugepage' : 'page'
  if (mappings.some(({ vma }) => vma.pinned)) return migrationFailed(k, pfn, kind, -EBUSY)
  const shift = mappingShift(k, first.vma)
  const physical = allocateFrames(k, 1n << BigInt(shift), shift)
  if (physical === undefined) return migrationFailed(k, pfn, kind, -ENOMEM)
  for (const { process, virtual } of mappings) {
    const start = alignDown(virtual, shift)
    k.platform.invalidate(process.pid, start, 1n << BigInt(shift))
    replaceFrame(k, process.pid, start, physical)
    stepEvent(k, pageMigrate, {
      pid: process.pid,
      address: start,
      shift,
      from: pfn,
      to: physical >> BigInt(pageShift(k))
    })
  }
  return handlePoison(k, pfn)
}

/** migrate_pages() has left the page where it was. */
function migrationFailed(k: Kernel, pfn: bigint, kind: 'page' | 'hugepage', ret: number): number {
  say(k, pfn, kind)
  return ret
}
