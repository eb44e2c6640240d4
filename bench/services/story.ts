import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import { END, SET_UP, STORY } from '../story.ts'
import { sum } from '../statistics.ts'
import { followAccesses } from './accesses.ts'
import type { Contestant } from './contestant.ts'
import { requestsTo } from './requests.ts'
import type { Running } from './systems.ts'

/** Machines that are set up at the same time. */
const AT_ONCE = 64

/** Stories over running services. Each needs a machine of its own, which `prepare` sets up. */
export async function stories({ urls, children }: Running): Promise<Contestant> {
  const system = systemOfServices(urls)
  const requests = requestsTo(urls)
  const accesses = await followAccesses(urls.guest)
  const ready: string[] = []
  let made = 0

  const [createVm, createTask, touch] = await Promise.all([
    requests.telling(SET_UP.vm),
    requests.telling(SET_UP.task),
    requests.telling(SET_UP.touch)
  ])
  const story = await Promise.all(STORY.map((told) => requests.telling(told)))

  async function setUp(machines: readonly string[]): Promise<void> {
    const each = (act: (machine: string) => Promise<unknown>) => Promise.all(machines.map(act))
    await each(requests.create)
    await system.settle()
    await each(createVm)
    await system.settle()
    await each(createTask)
    await each((machine) => Promise.all([touch(machine), accesses.next(machine)]))
    ready.push(...machines)
  }

  return {
    async prepare(count) {
      for (let left = count; left > 0; left -= AT_ONCE) {
        await setUp(Array.from({ length: Math.min(left, AT_ONCE) }, () => `bench-${++made}`))
      }
      await system.settle()
    },
    async run() {
      const machine = ready.pop()
      if (machine === undefined) throw new Error('no machine is ready')
      const ended = accesses.next(machine)
      for (const tell of story) await tell(machine)
      const outcome = await ended
      if (outcome !== END.outcome) throw new Error(`the access of ${machine} has ended as ${outcome}`)
    },
    quiet: () => system.settle(),
    cpuMicros: async () => sum(await Promise.all(children.map((child) => child.cpuMicros()))),
    async stop() {
      accesses.close()
      await requests.close()
      await Promise.all(children.map((child) => child.stop()))
    }
  }
}
