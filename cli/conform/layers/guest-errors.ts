import { taskAccess, vcpuInterrupt } from '../../../shared/contracts/guest.ts'
import { memoryAccess } from '../../../shared/contracts/hardware.ts'
import { vcpuExit } from '../../../shared/contracts/kvm.ts'
import type { Check } from '../check.ts'
import { mustRefuse } from '../general.ts'
import { Broken, type Scene } from '../scene.ts'
import {
  accessBy,
  accessesOf,
  addressOf,
  created,
  createdWithSources,
  entered,
  ERROR_INTID,
  loadBy,
  pageOf,
  reads,
  standingOf,
  takesSea,
  takesSError,
  tellsOf,
  withTasks
} from './guest-machine.ts'

/** What the contract asks of guests about errors: whose record they read, what dies of it, and when the guest itself ends. */

const READ = { status: 0, acknowledged: 1n }

/** Task 0 of a guest with error sources has met an error on vCPU 0; others run on further vCPUs. */
async function met(scene: Scene, tasks: readonly number[], page = pageOf): Promise<void> {
  await createdWithSources(scene)
  await entered(scene, 0, 1)
  await withTasks(scene, tasks, page)
  await reads(scene, 0)
}

/** Tasks that live still go out to memory when they are asked to. */
async function goesOn(scene: Scene, n: number, vcpu = 1): Promise<void> {
  const access = await reads(scene, n, vcpu)
  scene.same(access, { ...accessBy(n, vcpu), pstate: access.pstate }, `memory.access of task ${n}`)
}

const isDead = (scene: Scene, n: number) => mustRefuse(scene, taskAccess, loadBy(n), 'of a task that was killed')

export const GUEST_ERROR_CHECKS: readonly Check[] = [
  {
    name: 'sea-reads-the-record',
    about:
      'entered at the vector of an SEA from EL0 it reads its SEA source: Block Status is 0, the read-ack cell is 1',
    async run(scene) {
      await met(scene, [0])
      await tellsOf(scene, 'SEA', 0)
      await takesSea(scene, 0)
      scene.same(await standingOf(scene, 'SEA'), READ, 'the block of the SEA source')
    }
  },
  {
    name: 'only-the-consumer-dies',
    about: 'of an SEA with a record the task dies that consumed the error, and its access with it; others go on',
    async run(scene) {
      await met(scene, [0, 1])
      await tellsOf(scene, 'SEA', 0)
      await takesSea(scene, 0)
      await isDead(scene, 0)
      await goesOn(scene, 1)
      scene.same([accessesOf(scene, 0), scene.of(vcpuExit).length], [1, 0], 'accesses of vCPU 0, and vcpu.exit')
    }
  },
  {
    name: 'poisoned-page-is-out-of-use',
    about: 'once a record has named a page no task reaches it: another task that maps it dies where it touches it',
    async run(scene) {
      await met(scene, [0, 1, 2], (n) => pageOf(n === 1 ? 0 : n))
      await tellsOf(scene, 'SEA', 0)
      await takesSea(scene, 0)
      // It is refused where the record alone has killed the task.
      await scene.send(taskAccess, loadBy(1, 1))
      await isDead(scene, 1)
      await goesOn(scene, 2)
      const touches = scene.of(memoryAccess).filter(({ data }) => data.virtual === addressOf(1))
      scene.same(touches.length, 0, 'the number of accesses to the page after the record')
    }
  },
  {
    name: 'sea-without-a-record-kills',
    about: 'an SEA that no record tells of kills the task that took it, and no other',
    async run(scene) {
      await created(scene)
      await entered(scene, 0, 1)
      await withTasks(scene, [0, 1])
      await reads(scene, 0)
      await takesSea(scene, 0)
      await isDead(scene, 0)
      await goesOn(scene, 1)
      scene.same(scene.of(vcpuExit).length, 0, 'the number of vcpu.exit')
    }
  },
  {
    name: 'abort-of-the-kernel-is-no-small-thing',
    about: 'an SEA from EL1 ends the task for which the kernel worked, or the kernel: vcpu.exit, panic',
    async run(scene) {
      await created(scene)
      await entered(scene, 0, 1)
      await withTasks(scene, [0, 1])
      await scene.tell(taskAccess, { ...loadBy(0), via: 'syscall' })
      await scene.next(memoryAccess)
      await takesSea(scene, 0, 'EL1')
      await isDead(scene, 0)
      // Of a kernel that has panicked it is refused.
      await scene.send(taskAccess, loadBy(1, 1))
      const hasComeOut = () => scene.of(vcpuExit).length > 0 || accessesOf(scene, 1) > 0
      await scene.until(hasComeOut, 'vcpu.exit, or memory.access of another task,')
      scene.same(accessesOf(scene, 0), 1, 'the number of accesses of vCPU 0')
    }
  },
  {
    name: 'uncontained-serror-is-a-panic',
    about: 'an SError of AET UC or UEU is the end of a guest: vcpu.exit, panic',
    async run(scene) {
      for (const containment of ['UC', 'UEU'] as const) {
        const guest = await scene.another()
        await met(guest, [0])
        await takesSError(guest, 0, containment)
        guest.same((await guest.next(vcpuExit)).reason, 'panic', `the reason of vcpu.exit after ${containment}`)
      }
    }
  },
  {
    name: 'nothing-runs-after-a-panic',
    about: 'of a guest that has panicked accesses are refused with a problem, and none goes out',
    async run(scene) {
      await met(scene, [0, 1])
      await takesSError(scene, 0, 'UC')
      await scene.next(vcpuExit)
      await mustRefuse(scene, taskAccess, loadBy(1, 1), 'after a panic')
      scene.same(scene.of(memoryAccess).length, 1, 'the number of accesses')
    }
  },
  {
    name: 'restartable-serror-is-survived',
    about: 'an SError of AET UEO or CE is survived: the task lives, and its access is executed again',
    async run(scene) {
      await met(scene, [0, 1])
      for (const [nth, containment] of (['UEO', 'CE'] as const).entries()) {
        await takesSError(scene, 0, containment)
        const again = await scene.next(memoryAccess, nth + 1)
        scene.same([again.vcpu, again.virtual], [0, addressOf(0)], `the access after ${containment}`)
      }
      await goesOn(scene, 1)
      scene.same(scene.of(vcpuExit).length, 0, 'the number of vcpu.exit')
    }
  },
  {
    name: 'error-interrupt-reads-its-sources',
    about: 'the interrupt of the GED reads and acknowledges the GPIO source, and leaves that of SEA alone',
    async run(scene) {
      await met(scene, [0, 1, 2])
      await tellsOf(scene, 'SEA', 0)
      await tellsOf(scene, 'GPIO', 1)
      await scene.tell(vcpuInterrupt, { vm: 'vm0', vcpu: 1, intid: ERROR_INTID })
      scene.same(await standingOf(scene, 'GPIO'), READ, 'the block of the GPIO source')
      const { status, acknowledged } = await standingOf(scene, 'SEA')
      if (status === 0 || acknowledged !== 0n) throw new Broken('the block of the SEA source has been read as well')
      await goesOn(scene, 2)
    }
  },
  {
    name: 'other-interrupts-read-nothing',
    about: 'another interrupt leaves records where they are',
    async run(scene) {
      await met(scene, [0])
      await tellsOf(scene, 'GPIO', 0)
      // Whether an interrupt that nobody has asked for is taken or refused is the guest's affair.
      await scene.send(vcpuInterrupt, { vm: 'vm0', vcpu: 1, intid: ERROR_INTID - 1 })
      const { status, acknowledged } = await standingOf(scene, 'GPIO')
      if (status === 0 || acknowledged !== 0n) throw new Broken('the block of the GPIO source has been read')
      await scene.tell(vcpuInterrupt, { vm: 'vm0', vcpu: 1, intid: ERROR_INTID })
      scene.same(await standingOf(scene, 'GPIO'), READ, 'the block of the GPIO source, after its interrupt,')
    }
  }
]
