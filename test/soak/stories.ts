import { followAccesses } from '../../bench/services/accesses.ts'
import { requestsTo } from '../../bench/services/requests.ts'
import { END, SET_UP, STORY } from '../../bench/story.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'

/** Machines that are made, tell their stories and are deleted together. */
const BATCH = 50
/** Stories that are told at the same time. */
const IN_FLIGHT = 4

export interface Stories {
  /**
   * Tells so many, each on a machine of its own that is deleted when all of its batch have ended; gives how long each took,
   * in milliseconds, from the error to the dead task. Throws when one ends in another way, or not.
   */
  tell(count: number): Promise<readonly number[]>
  close(): Promise<void>
}

export async function storiesOn(urls: Readonly<Record<Layer, string>>): Promise<Stories> {
  const system = systemOfServices(urls)
  const requests = requestsTo(urls)
  const accesses = await followAccesses(urls.guest)
  const [createVm, createTask, touch] = await Promise.all([
    requests.telling(SET_UP.vm),
    requests.telling(SET_UP.task),
    requests.telling(SET_UP.touch)
  ])
  const story = await Promise.all(STORY.map((told) => requests.telling(told)))
  let made = 0

  async function one(machine: string): Promise<number> {
    const ended = accesses.next(machine)
    const begun = performance.now()
    for (const tell of story) await tell(machine)
    const outcome = await ended
    if (outcome !== END.outcome) throw new Error(`the access of ${machine} has ended as ${outcome}`)
    return performance.now() - begun
  }

  async function batch(count: number): Promise<readonly number[]> {
    const machines = Array.from({ length: count }, () => `soak-${++made}`)
    const each = (act: (machine: string) => Promise<unknown>) => Promise.all(machines.map(act))
    await each(requests.create)
    await system.settle()
    await each(createVm)
    await system.settle()
    await each(createTask)
    await each((machine) => Promise.all([touch(machine), accesses.next(machine)]))
    await system.settle()
    const times: number[] = []
    const left = [...machines]
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) times.push(await one(next))
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    await system.settle()
    await each(requests.remove)
    return times
  }

  return {
    async tell(count) {
      const times: number[] = []
      while (times.length < count) times.push(...(await batch(Math.min(BATCH, count - times.length))))
      return times
    },
    async close() {
      accesses.close()
      await requests.close()
    }
  }
}
