import type { Kernel } from './kernel.ts'
import { EBUSY, EIO, ENOMEM, ENXIO, EOPNOTSUPP } from './errno.ts'
import { allocateFrames } from './frame-alloc.ts'
import { splitThp } from './hwpoison-user-mappings.ts'
import { pageAt } from './page-kind.ts'
import { addPage, hasPage } from './page-set.ts'
import { alignDown, isHugetlb, mappingShift, pageShift, type Mapping } from './page-table.ts'
import { hex, printk, stepEvent } from './printk.ts'
import { knob } from './profile.ts'
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
    printk(k, alreadyLine(k, pfn))
    return 0
  }
  switch (page.kind) {
    case 'free':
    case 'free-hugetlb':
      return handlePoison(k, pfn)
    case 'mapped':
      return inUse(k, pfn, page.mappings)
    case 'file-clean':
      printk(k, line(k, pfn, 'invalidated'))
      return handlePoison(k, pfn)
    case 'file-dirty':
      return handlePoison(k, pfn)
    default:
      printk(k, `Memory failure: ${hex(pfn)}: unhandlable page.`)
      return -EIO
  }
}

/** 6.1 writes `soft offline`, later versions `Soft offline` by pr_fmt. */
const line = (k: Kernel, pfn: bigint, text: string) =>
  `${k.version === '6.1' ? 'soft_offline' : 'Soft offline'}: ${hex(pfn)}: ${text}`

const alreadyLine = (k: Kernel, pfn: bigint) =>
  k.version === '6.1'
    ? `soft_offline_page: ${hex(pfn)} page already poisoned`
    : `Soft offline: ${hex(pfn)}: page already poisoned`

/** page_handle_poison(): PG_hwpoison and the counter. */
function handlePoison(k: Kernel, pfn: bigint): number {
  k.hwpoison = addPage(k.hwpoison, pfn)
  k.hardwareCorruptedPages++
  stepEvent(k, 'page.soft_offline', { pfn, physical: pfn << BigInt(pageShift(k)) })
  return 0
}

function inUse(k: Kernel, pfn: bigint, mappings: readonly Mapping[]): number {
  const [first] = mappings as [Mapping, ...Mapping[]]
  const thp = mappings.filter(({ vma }) => vma.backing === 'thp')
  if (thp.length > 0 && !splitThp(k, thp)) {
    printk(k, k.version === '6.1' ? `soft offline: ${hex(pfn)}: thp split failed` : line(k, pfn, 'thp split failed'))
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
    stepEvent(k, 'page.migrate', {
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
function migrationFailed(k: Kernel, pfn: bigint, kind: string, ret: number): number {
  const prefix = k.version === '6.1' ? 'soft offline' : 'Soft offline'
  printk(k, `${prefix}: ${hex(pfn)}: ${kind} migration failed ${ret}`)
  return ret
}
