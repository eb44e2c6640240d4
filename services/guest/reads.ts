import { Guest as GuestReply, GuestNames, GuestTasks } from '../../shared/contracts/reads/guest.ts'
import { GhesList, KernelFrames } from '../../shared/contracts/reads/linux.ts'
import { closed, VmName } from '../../shared/contracts/common.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { logText } from '../../shared/linux/kernel/log.ts'
import type { Guest, GuestsState } from './state.ts'

const VM = '/v1/machines/:machine/vms/:vm'
const KIB_PER_PAGE = 4

/** A read of one guest. */
function ofGuest(
  { id, path, reply }: Pick<ReadRoute<GuestsState>, 'id' | 'path' | 'reply'>,
  summary: string,
  read: (guest: Guest) => unknown
): ReadRoute<GuestsState> {
  return {
    id,
    path,
    reply,
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

type Standing = Pick<Guest, 'booted' | 'gone' | 'kernel'>

/** Whether the guest kernel runs. */
function stateOf({ booted, gone, kernel }: Standing): 'created' | 'running' | 'panicked' | 'gone' {
  if (gone !== undefined) return 'gone'
  if (kernel.panic !== undefined) return 'panicked'
  return booted ? 'running' : 'created'
}

/** A task as readers see it: none runs on a kernel that does not. */
function taskOf<Task extends { readonly state: string }>(task: Task, standing: Standing) {
  const state = stateOf(standing)
  const hasEnded = state === 'gone' || state === 'panicked'
  return hasEnded && task.state === 'running' ? { ...task, state } : task
}

export const READS: readonly ReadRoute<GuestsState>[] = [
  {
    id: 'listGuests',
    path: '/v1/machines/:machine/vms',
    reply: GuestNames,
    summary: 'The guests of a machine',
    read: ({ vms }) => ({ vms: [...vms.keys()] })
  },
  ofGuest(
    { id: 'getGuest', path: VM, reply: GuestReply },
    'The guest kernel, its vCPUs and RAM',
    ({ vm, booted, gone, kernel, vcpus, memory }) => ({
      vm,
      linux: kernel.version,
      state: stateOf({ booted, gone, kernel }),
      gone: gone ?? null,
      booted,
      panic: kernel.panic ?? null,
      taint: kernel.taint,
      hardwareCorruptedKb: kernel.hardwareCorruptedPages * KIB_PER_PAGE,
      ram: { start: memory.start, end: memory.end },
      vcpus
    })
  ),
  ofGuest(
    { id: 'listGuestFrames', path: `${VM}/frames`, reply: KernelFrames },
    'What frames of the guest are that no task maps: the first range that holds one counts, all others are free',
    ({ kernel }) => ({ memory: kernel.memory, frames: kernel.frames })
  ),
  ofGuest(
    { id: 'listTasks', path: `${VM}/tasks`, reply: GuestTasks },
    'Tasks, the dead ones with the signal that killed them',
    ({ booted, gone, kernel, results }) => ({
      guest: stateOf({ booted, gone, kernel }),
      tasks: [...kernel.processes.values()].map((task) => taskOf(task, { booted, gone, kernel })),
      accesses: results
    })
  ),
  ofGuest(
    { id: 'listGuestGhes', path: `${VM}/ghes`, reply: GhesList },
    'The error sources as the guest kernel probed them',
    ({ kernel }) => ({
      sources: kernel.ghes
    })
  ),
  ofGuest({ id: 'getGuestLog', path: `${VM}/log`, reply: 'text' }, "The guest's dmesg", ({ log }) =>
    logText(log.dmesg)
  ),
  ofGuest({ id: 'getGuestTrace', path: `${VM}/trace`, reply: 'text' }, "The guest's ras tracepoints", ({ log }) =>
    logText(log.trace)
  )
]
