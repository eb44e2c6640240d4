import { exceptionTakeEl3 } from '../../../shared/contracts/firmware.ts'
import { exceptionReturn, memoryAccess, tlbInvalidate } from '../../../shared/contracts/hardware.ts'
import type { Check } from '../check.ts'
import { Skipped, type Scene } from '../scene.ts'
import { hostLoadOf, poisoned } from './hardware-accesses.ts'

/** What the contract asks of hardware when a host process has lost a translation. */

const PAGE = 0x1000n
const LOAD = hostLoadOf(0)
const PID = LOAD.pid ?? 0
const TID = LOAD.tid ?? 0
const LOST = { pid: PID, hostVirtual: LOAD.virtual & ~(PAGE - 1n), length: PAGE }
/** So often a thread may take its exception again before it is found between two of them. */
const TAKES = 20

/**
 * A thread hangs at an error: it is returned to, and has not taken the exception again yet. Which threads an invalidation
 * restarts; `first` is done before it, in the same place.
 */
async function restartedBy(
  scene: Scene,
  first: () => Promise<void> = () => Promise.resolve()
): Promise<readonly number[]> {
  await poisoned(scene, 0, { signalled: 'SEA' })
  await scene.tell(memoryAccess, LOAD)
  for (let taken = 0; taken < TAKES; taken++) {
    await scene.next(exceptionTakeEl3, taken)
    await scene.ask(exceptionReturn, { pid: PID, tid: TID })
    await first()
    const { restarted } = await scene.ask(tlbInvalidate, LOST)
    if (restarted.length > 0) return restarted
  }
  throw new Skipped('its threads take an exception again before anything can come between')
}

export const TLB_CHECKS: readonly Check[] = [
  {
    name: 'invalidation-restarts-who-hangs-there',
    about: 'tlb.invalidate names the thread that re-takes an abort in the range, and that is then off its access',
    async run(scene) {
      scene.same(await restartedBy(scene), [TID], 'restarted')
      const taken = scene.of(exceptionTakeEl3).length
      await scene.ask(exceptionReturn, { pid: PID, tid: TID })
      // Whatever it still did would come before what another thread does.
      const other = hostLoadOf(1)
      await poisoned(scene, 1, { signalled: 'SEA' })
      await scene.tell(memoryAccess, other)
      scene.same(
        (await scene.next(exceptionTakeEl3, taken)).interrupted.tid,
        other.tid,
        'the next thread that takes one'
      )
    }
  },
  {
    name: 'invalidation-is-of-one-range',
    about: 'tlb.invalidate of another range, or of another process, restarts nobody',
    async run(scene) {
      const elsewhere = [
        { ...LOST, hostVirtual: LOST.hostVirtual + PAGE },
        { ...LOST, pid: PID + 1 }
      ]
      await restartedBy(scene, async () => {
        for (const range of elsewhere) scene.same((await scene.ask(tlbInvalidate, range)).restarted, [], 'restarted')
      })
    }
  }
]
