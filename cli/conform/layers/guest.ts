import {
  accessCompleteGuest,
  guestCreate,
  guestDestroy,
  guestMemoryRead,
  guestMemoryWrite,
  guestReset,
  taskAccess,
  vcpuEnter,
  vcpuStop
} from '../../../shared/contracts/guest.ts'
import { memoryAccess } from '../../../shared/contracts/hardware.ts'
import type { Check } from '../check.ts'
import type { LayerRules } from '../conform-layer.ts'
import { mustRefuse } from '../general.ts'
import type { Scene } from '../scene.ts'
import { GUEST_ERROR_CHECKS } from './guest-errors.ts'
import {
  accessBy,
  accessesOf,
  addressOf,
  allDone,
  created,
  entered,
  loadBy,
  RAM,
  RAM_END,
  read,
  reads,
  withTasks,
  write
} from './guest-machine.ts'

/** What the contract asks of guests about memory, tasks and vCPUs; what it asks about errors is beside it. */

const BYTES = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9])
const PLACE = RAM + 0x201_0ffbn
const EL0T = 0n
const PSTATE_MODE = 0xfn

/** A guest that runs on vCPU 0, and further ones, with these tasks. */
async function running(scene: Scene, tasks: readonly number[], vcpus: readonly number[] = [0]): Promise<void> {
  await created(scene)
  await entered(scene, ...vcpus)
  await withTasks(scene, tasks)
}

const CHECKS: readonly Check[] = [
  {
    name: 'memory-reads-as-written',
    about:
      'memory.read gives the bytes of memory.write at every address, across pages, and zero where nobody has written',
    async run(scene) {
      await created(scene)
      await write(scene, PLACE, BYTES)
      scene.same(await read(scene, PLACE, BYTES.length), BYTES, 'what was written')
      scene.same(await read(scene, PLACE + 3n, 4), BYTES.slice(3, 7), 'a part of it')
      const around = await read(scene, PLACE - 4n, BYTES.length + 8)
      scene.same(around, new Uint8Array([0, 0, 0, 0, ...BYTES, 0, 0, 0, 0]), 'it with what is around it')
    }
  },
  {
    name: 'ram-has-an-end',
    about: 'memory outside of the guest is refused with a problem, also where a part of it is inside',
    async run(scene) {
      await created(scene)
      await write(scene, RAM_END - 8n, BYTES.slice(0, 8))
      for (const guestPhysical of [RAM - 0x1000n, RAM_END - 4n, RAM_END]) {
        const at = { vm: 'vm0', guestPhysical }
        await mustRefuse(scene, guestMemoryRead, { ...at, length: 8 }, 'outside of RAM')
        await mustRefuse(scene, guestMemoryWrite, { ...at, bytes: new Uint8Array(8) }, 'outside of RAM')
      }
      scene.same(await read(scene, RAM_END - 8n, 8), BYTES.slice(0, 8), 'the last bytes of RAM')
    }
  },
  {
    name: 'a-guest-is-made-once',
    about: 'guest.create of a VM that is there is refused with a problem, and leaves its memory as it is',
    async run(scene) {
      await created(scene)
      await write(scene, PLACE, BYTES)
      const guest = { vm: 'vm0', vcpus: 1, guestPhysical: RAM, length: 0x100_0000n }
      await mustRefuse(scene, guestCreate, guest, 'of a VM that is there')
      scene.same(await read(scene, PLACE, BYTES.length), BYTES, 'what was written')
    }
  },
  {
    name: 'access-goes-out-translated',
    about: 'task.access is memory.access by that vCPU, at EL0, with the pc, and the IPA behind the virtual address',
    async run(scene) {
      await running(scene, [0, 1], [0, 1])
      for (const n of [0, 1]) {
        const { pstate, ...access } = await reads(scene, n, n)
        scene.same(access, accessBy(n, n), 'memory.access')
        scene.same(pstate & PSTATE_MODE, EL0T, 'the mode in PSTATE')
      }
    }
  },
  {
    name: 'the-kernel-accesses-at-el1',
    about: 'what the guest kernel does for a task in a system call is an access at EL1 to the page of the task',
    async run(scene) {
      await running(scene, [0])
      await scene.tell(taskAccess, { ...loadBy(0), via: 'syscall' })
      const { el, virtual, physical } = await scene.next(memoryAccess)
      scene.same([el, virtual, physical], [1, addressOf(0), accessBy(0).physical], 'EL, virtual and physical')
    }
  },
  {
    name: 'one-access-at-a-time',
    about: 'a vCPU has one access under way: the next goes out when access.complete has come',
    async run(scene) {
      await running(scene, [0, 1])
      const access = await reads(scene, 0)
      await scene.tell(taskAccess, loadBy(1))
      await allDone(scene)
      scene.same(accessesOf(scene, 0), 1, 'the number of accesses before the first has completed')
      await scene.tell(accessCompleteGuest, { vm: 'vm0', vcpu: 0, access })
      await scene.until(() => accessesOf(scene, 0) === 2, 'the second access, after the first has completed,')
    }
  },
  {
    name: 'nothing-runs-on-a-stopped-vcpu',
    about: 'after vcpu.stop nothing goes out from that vCPU until vcpu.enter',
    async run(scene) {
      await running(scene, [0])
      await scene.tell(vcpuStop, { vm: 'vm0', vcpu: 0 })
      await scene.tell(taskAccess, loadBy(0))
      await allDone(scene)
      scene.same(accessesOf(scene, 0), 0, 'the number of accesses while it is stopped')
      await entered(scene, 0)
      await scene.until(() => accessesOf(scene, 0) === 1, 'memory.access after vcpu.enter')
    }
  },
  {
    name: 'entry-executes-again',
    about: 'vcpu.enter without an exception executes the access that was under way once more',
    async run(scene) {
      await running(scene, [0])
      const first = await reads(scene, 0)
      await scene.tell(vcpuStop, { vm: 'vm0', vcpu: 0 })
      await entered(scene, 0)
      scene.same(await scene.next(memoryAccess, 1), first, 'the access the second time')
    }
  },
  {
    name: 'reset-starts-anew',
    about:
      'after guest.reset the tasks are gone and memory is as it was, zero where it was replaced; then it starts again',
    async run(scene) {
      await running(scene, [0])
      await write(scene, PLACE, BYTES)
      const replaced = { guestPhysical: RAM + 0x300_0000n, length: 0x1000n }
      await write(scene, replaced.guestPhysical, BYTES)
      await scene.ask(guestReset, { vm: 'vm0', replaced: [replaced] })
      await mustRefuse(scene, taskAccess, loadBy(0), 'of a task from before the reset')
      scene.same(await read(scene, PLACE, BYTES.length), BYTES, 'what was written')
      scene.same(await read(scene, replaced.guestPhysical, 4), new Uint8Array(4), 'what was replaced')
      await entered(scene, 0)
      await withTasks(scene, [0])
      scene.same((await reads(scene, 0)).virtual, addressOf(0), 'the address that is read')
    }
  },
  {
    name: 'nothing-of-a-destroyed-guest-runs',
    about: 'after guest.destroy accesses, writes and entries of the VM are refused with a problem',
    async run(scene) {
      await running(scene, [0, 1])
      await reads(scene, 0)
      await scene.tell(guestDestroy, { vm: 'vm0', because: 'its process has ended' })
      await mustRefuse(scene, taskAccess, loadBy(1), 'of a VM that is gone')
      await mustRefuse(scene, vcpuEnter, { vm: 'vm0', vcpu: 0, pc: 0n, pstate: 0n }, 'of a VM that is gone')
      await mustRefuse(scene, guestMemoryWrite, { vm: 'vm0', guestPhysical: RAM, bytes: BYTES }, 'of a VM that is gone')
    }
  }
]

export const GUEST_RULES: LayerRules = {
  layer: 'guest',
  checks: [...CHECKS, ...GUEST_ERROR_CHECKS],
  effective: {
    // The access of each vCPU waits for its first entry, or is executed once more at a further one.
    async prepare(scene) {
      await running(scene, [1, 2, 3])
      for (const n of [1, 2, 3]) await scene.tell(taskAccess, loadBy(n, n))
    },
    message: vcpuEnter,
    data: (n) => ({ vm: 'vm0', vcpu: n, pc: '0x40080000', pstate: '0x3c5' }),
    effect: memoryAccess,
    belongsTo: (effect, n) => (effect as { pid?: number; vcpu?: number }).vcpu === n
  }
}
