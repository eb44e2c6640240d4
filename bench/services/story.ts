import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { END, SET_UP, STORY } from '../story.ts'
import { sum } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { requestsTo } from './requests.ts'
import type { Running } from './systems.ts'

/** Machines that are set up at the same time. */
const AT_ONCE = 64
/** A story that takes longer than this will never end. */
const LOST_MS = 60_000

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

interface Accesses {
  /** How the next access of a machine's task ends. Rejects when that takes too long. */
  next(machine: string): Promise<string>
  close(): void
}

/** Reads the guest's journal as it grows, one reader for all machines. */
async function followAccesses(guestUrl: string): Promise<Accesses> {
  const reading = get(`${guestUrl}/v1/journal?follow=true`)
  const [response] = (await once(reading, 'response')) as [IncomingMessage]
  const waiting = new Map<string, (outcome: string) => void>()
  createInterface({ input: response }).on('line', (line) => {
    // Most lines are something else, and reading them takes time from what is measured.
    if (!line.includes(END.type)) return
    const { kind, type, machine, data } = JSON.parse(line) as WireEntry
    if (kind !== 'note' || type !== END.type) return
    const { outcome } = data as { readonly outcome: string }
    waiting.get(machine)?.(outcome)
  })
  return {
    next: (machine) =>
      new Promise((resolve, reject) => {
        const lost = setTimeout(() => reject(new Error(`the access of ${machine} does not end`)), LOST_MS)
        waiting.set(machine, (outcome) => {
          clearTimeout(lost)
          waiting.delete(machine)
          resolve(outcome)
        })
      }),
    close: () => void response.destroy()
  }
}
