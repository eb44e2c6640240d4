import { HostKernel, KvmVm, KvmVms, PageFrame, Processes } from '../../shared/contracts/reads/host-kernel.ts'
import { GhesList, KernelFrames, Process, Signals } from '../../shared/contracts/reads/linux.ts'
import { closed, Pid, VmName } from '../../shared/contracts/common.ts'
import { U64 } from '../../shared/contracts/wire.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { entriesOf, logText } from '../../shared/linux/kernel/log.ts'
import { hasSysctl } from '../../shared/linux/kernel/sysctl.ts'
import type { Sysctl } from '../../shared/linux/kernel/state.ts'
import { hasPage } from '../../shared/sparse/page-set.ts'
import { pageAt } from '../../shared/linux/mm/page-kind.ts'
import { mappingsOf } from '../../shared/linux/mm/page-table.ts'
import type { HostState, HostVm } from './state.ts'

const M = '/v1/machines/:machine'
type SysctlName = keyof Sysctl
const PAGE_SHIFT = 12n
const KIB_PER_PAGE = 4

/** What can be read of a host kernel, as procfs and debugfs would show it. */
export const READS: readonly ReadRoute<HostState>[] = [
  {
    id: 'getKernel',
    path: `${M}/kernel`,
    reply: HostKernel,
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
    id: 'listGhes',
    path: `${M}/ghes`,
    reply: GhesList,
    summary: 'The error sources as the kernel probed them; refused ones with the reason',
    read: ({ kernel }) => ({ sources: kernel.ghes })
  },
  {
    id: 'getPageFrame',
    path: `${M}/pages/:hostPhysical`,
    reply: PageFrame,
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
    id: 'listFrames',
    path: `${M}/frames`,
    reply: KernelFrames,
    summary: 'What frames are that no process maps: the first range that holds one counts, all others are free',
    read: ({ kernel }) => ({ memory: kernel.memory, frames: kernel.frames })
  },
  {
    id: 'listProcesses',
    path: `${M}/processes`,
    reply: Processes,
    summary: 'All processes, the dead ones with the signal that killed them',
    read: ({ kernel }) => ({ processes: [...kernel.processes.values()] })
  },
  {
    id: 'getProcess',
    path: `${M}/processes/:pid`,
    reply: Process,
    summary: 'A process with its mappings and threads',
    params: closed({ pid: Pid }),
    example: { pid: 119 },
    missing: 'process-unknown',
    read: ({ kernel }, { pid }) => kernel.processes.get(pid as number)
  },
  {
    id: 'listSignals',
    path: `${M}/signals`,
    reply: Signals,
    summary: 'Signals sent so far, newest last',
    read: ({ log }) => ({ signals: entriesOf(log.signals) })
  },
  {
    id: 'listKvmVms',
    path: `${M}/vms`,
    reply: KvmVms,
    summary: 'VMs with their memory slots and vCPUs, as KVM keeps them',
    read: ({ vms }) => ({ vms: [...vms.values()].map(vmView) })
  },
  {
    id: 'getKvmVm',
    path: `${M}/vms/:vm`,
    reply: KvmVm,
    summary: 'One VM',
    params: closed({ vm: VmName }),
    example: { vm: 'vm0' },
    missing: 'vm-unknown',
    read({ vms }, { vm: name }) {
      const vm = vms.get(name as string)
      return vm === undefined ? undefined : vmView(vm)
    }
  },
  { id: 'getLog', path: `${M}/log`, reply: 'text', summary: 'dmesg', read: ({ log }) => logText(log.dmesg) },
  {
    id: 'getTrace',
    path: `${M}/trace`,
    reply: 'text',
    summary: 'The ras tracepoints',
    read: ({ log }) => logText(log.trace)
  }
]

/** What KVM keeps of a VM; interrupts as lists. */
function vmView({ kvm, pendingIrqs, ...vm }: HostVm) {
  const { irqLines, ...rest } = kvm
  return {
    ...vm,
    kvm: irqLines === undefined ? rest : { ...rest, irqLines: [...irqLines] },
    pendingIrqs: [...pendingIrqs]
  }
}

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
