import { closed, Pid, VmName } from '../../shared/contracts/common.ts'
import { U64 } from '../../shared/contracts/wire.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { entriesOf, logText } from '../../shared/linux/kernel/log.ts'
import { hasSysctl } from '../../shared/linux/kernel/sysctl.ts'
import type { Sysctl } from '../../shared/linux/kernel/state.ts'
import { hasPage } from '../../shared/sparse/page-set.ts'
import { pageAt } from '../../shared/linux/mm/page-kind.ts'
import { mappingsOf } from '../../shared/linux/mm/page-table.ts'
import type { HostState } from './state.ts'

const M = '/v1/machines/:machine'
type SysctlName = keyof Sysctl
const PAGE_SHIFT = 12n
const KIB_PER_PAGE = 4

/** What can be read of a host kernel, as procfs and debugfs would show it. */
export const READS: readonly ReadRoute<HostState>[] = [
  {
    path: `${M}/kernel`,
    summary: 'Version, sysctls, taint, HardwareCorrupted, whether it has panicked',
    read: ({ kernel, booted, halted }) => ({
      linux: kernel.version,
      state: stateOf({ kernel, booted, halted }),
      booted,
      panic: kernel.panic ?? null,
      halted: halted ?? null,
      taint: kernel.taint,
      hardwareCorruptedKb: kernel.hardwareCorruptedPages * KIB_PER_PAGE,
      sysctl: Object.fromEntries(
        Object.entries(kernel.sysctl).filter(([name]) => hasSysctl(kernel, name as SysctlName))
      ),
      hest: kernel.hest
    })
  },
  {
    path: `${M}/ghes`,
    summary: 'The error sources as the kernel probed them; refused ones with the reason',
    read: ({ kernel }) => ({ sources: kernel.ghes })
  },
  {
    path: `${M}/pages/:hostPhysical`,
    summary: 'A page frame: what it is, PG_hwpoison and who maps it',
    params: closed({ hostPhysical: U64 }),
    example: { hostPhysical: '0x7bf15000' },
    missing: 'page-unknown',
    read({ kernel }, { hostPhysical }) {
      const address = hostPhysical as bigint
      if (!kernel.memory.some(({ start, end }) => address >= start && address < end)) return undefined
      const pfn = address >> PAGE_SHIFT
      const k = { ...kernel, platform: NO_PLATFORM }
      return {
        pfn,
        kind: pageAt(k, pfn).kind,
        hwpoison: hasPage(kernel.hwpoison, pfn),
        mappings: mappingsOf(k, pfn).map(({ process, virtual, vma }) => ({
          pid: process.pid,
          comm: process.comm,
          hostVirtual: virtual,
          backing: vma.backing
        }))
      }
    }
  },
  {
    path: `${M}/frames`,
    summary: 'What frames are that no process maps: the first range that holds one counts, all others are free',
    read: ({ kernel }) => ({ memory: kernel.memory, frames: kernel.frames })
  },
  {
    path: `${M}/processes`,
    summary: 'All processes, the dead ones with the signal that killed them',
    read: ({ kernel }) => ({ processes: [...kernel.processes.values()] })
  },
  {
    path: `${M}/processes/:pid`,
    summary: 'A process with its mappings and threads',
    params: closed({ pid: Pid }),
    example: { pid: 119 },
    missing: 'process-unknown',
    read: ({ kernel }, { pid }) => kernel.processes.get(pid as number)
  },
  {
    path: `${M}/signals`,
    summary: 'Signals sent so far, newest last',
    read: ({ log }) => ({ signals: entriesOf(log.signals) })
  },
  {
    path: `${M}/vms`,
    summary: 'VMs with their memory slots and vCPUs, as KVM keeps them',
    read: ({ vms }) => ({ vms: [...vms.values()] })
  },
  {
    path: `${M}/vms/:vm`,
    summary: 'One VM',
    params: closed({ vm: VmName }),
    example: { vm: 'vm0' },
    missing: 'vm-unknown',
    read: ({ vms }, { vm }) => vms.get(vm as string)
  },
  { path: `${M}/log`, summary: 'dmesg', read: ({ log }) => logText(log.dmesg) },
  { path: `${M}/trace`, summary: 'The ras tracepoints', read: ({ log }) => logText(log.trace) }
]

/** Whether the kernel runs. `halted`: firmware has stopped the platform under it. */
function stateOf({ kernel, booted, halted }: Pick<HostState, 'kernel' | 'booted' | 'halted'>) {
  if (kernel.panic !== undefined) return 'panicked'
  if (halted !== undefined) return 'halted'
  return booted ? 'running' : 'booting'
}

/** Reading asks nothing of the outside. */
const NO_PLATFORM = {
  now: 0,
  readPhysical: () => undefined,
  writePhysical: () => undefined,
  invalidate: () => undefined,
  signal: () => undefined,
  event: () => undefined
}
