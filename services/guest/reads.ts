import { closed, VmName } from '../../shared/contracts/common.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { logText } from '../../shared/linux/kernel/log.ts'
import type { Guest, GuestsState } from './state.ts'

const VM = '/v1/machines/:machine/vms/:vm'
const KIB_PER_PAGE = 4

/** A read of one guest. */
function ofGuest(path: string, summary: string, read: (guest: Guest) => unknown): ReadRoute<GuestsState> {
  return {
    path,
    summary,
    params: closed({ vm: VmName }),
    example: { vm: 'vm0' },
    missing: 'vm-unknown',
    read(state, { vm }) {
      const guest = state.vms.get(vm as string)
      return guest === undefined ? undefined : read(guest)
    }
  }
}

export const READS: readonly ReadRoute<GuestsState>[] = [
  {
    path: '/v1/machines/:machine/vms',
    summary: 'The guests of a machine',
    read: ({ vms }) => ({ vms: [...vms.keys()] })
  },
  ofGuest(VM, 'The guest kernel, its vCPUs and RAM', ({ vm, booted, kernel, vcpus, memory }) => ({
    vm,
    linux: kernel.version,
    booted,
    panic: kernel.panic ?? null,
    taint: kernel.taint,
    hardwareCorruptedKb: kernel.hardwareCorruptedPages * KIB_PER_PAGE,
    ram: { start: memory.start, end: memory.end },
    vcpus
  })),
  ofGuest(`${VM}/tasks`, 'Tasks, the dead ones with the signal that killed them', ({ kernel, results }) => ({
    tasks: [...kernel.processes.values()],
    accesses: results
  })),
  ofGuest(`${VM}/ghes`, 'The error sources as the guest kernel probed them', ({ kernel }) => ({
    sources: kernel.ghes
  })),
  ofGuest(`${VM}/log`, "The guest's dmesg", ({ log }) => logText(log.dmesg)),
  ofGuest(`${VM}/trace`, "The guest's ras tracepoints", ({ log }) => logText(log.trace))
]
