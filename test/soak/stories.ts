import { followAccesses } from '../../bench/services/accesses.ts'
import type { Contestant } from '../../bench/services/contestant.ts'
import { requestsTo } from '../../bench/services/requests.ts'
import { END, SET_UP, STORY } from '../../bench/story.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'

/** Machines that are made, tell their stories and are deleted together. */
const BATCH = 50
/** Stories, or laps, that are under way at the same time. */
const IN_FLIGHT = 4

/** How long stories took, from the error to the dead task, and laps of the ring; in milliseconds. */
export interface Told {
  readonly times: readonly number[]
  readonly laps: readonly number[]
}

export interface Stories {
  /**
   * Tells so many, each on a machine of its own that is deleted when all of its batch have ended; after each batch the ring
   * does as many laps. Throws when one ends in another way, or not.
   */
  tell(count: number): Promise<Told>
  close(): Promise<void>
}

export async function storiesOn(urls: Readonly<Record<Layer, string>>, ring: Contestant): Promise<Stories> {
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

  async function lap(): Promise<number> {
    const begun = performance.now()
    await ring.run()
    return performance.now() - begun
  }

  async function batch(count: number): Promise<Told> {
    const machines = Array.from({ length: count }, () => `soak-${++made}`)
    const each = (act: (machine: string) => Promise<unknown>) => Promise.all(machines.map(act))
    await each(requests.create)
    await system.settle()
    await each(createVm)
    await system.settle()
    await each(createTask)
    await each((machine) => Promise.all([touch(machine), accesses.next(machine)]))
    await system.settle()
    const times = await inFlight(machines.map((machine) => () => one(machine)))
    await system.settle()
    await each(requests.remove)
    const laps = await inFlight(machines.map(() => lap))
    return { times, laps }
  }

  return {
    async tell(count) {
      const times: number[] = []
      const laps: number[] = []
      while (times.length < count) {
        const told = await batch(Math.min(BATCH, count - times.length))
        times.push(...told.times)
        laps.push(...told.laps)
      }
      return { times, laps }
    },
    async close() {
      accesses.close()
      await requests.close()
    }
  }
}

/** Does all, some of them at the same time, and gives what each has come to. */
async function inFlight(acts: readonly (() => Promise<number>)[]): Promise<readonly number[]> {
  const left = [...acts]
  const done: number[] = []
  const worker = async () => {
    for (let act = left.shift(); act !== undefined; act = left.shift()) done.push(await act())
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return done
}
