import { LAYERS, MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { furnished } from '../support/furnished.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { attack, type Defect, type Target } from './attack.ts'
import { attackByDeleting, noDeletions, type Deletions } from './deletions.ts'
import { attackLink } from './frames.ts'
import { operationsOf } from './operations.ts'

/** So many requests go to one machine; then it is deleted, and the next one made. */
const PER_MACHINE = 2000
const AT_ONCE = 16
/** One link for so many requests. */
const PER_LINK = 1000
/** Something is deleted once in so many requests. */
const PER_DELETION = 50

export interface Fuzzed {
  readonly requests: number
  readonly frames: number
  readonly links: number
  /** How often something was deleted that was there. */
  readonly deleted: Deletions
  readonly defects: readonly Defect[]
  readonly wrong: readonly string[]
  /** Bytes of heap after a garbage collection, half way and at the end; absent without `--expose-gc`. */
  readonly heap: readonly number[]
}

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

/** Mutated requests at every operation of all services and the console, and mutated frames at links; all from a seed. */
export async function fuzz(
  t: Teardown,
  { first, count, told = () => undefined }: { first: number; count: number; told?: (done: number) => void }
): Promise<Fuzzed> {
  const room = await services(t, { machines: [] })
  const targets: readonly Target[] = await Promise.all(
    LAYERS.map(async (layer) => ({
      layer,
      url: room.urls[layer],
      operations: await operationsOf(layer, room.urls[layer])
    }))
  )
  const defects: Defect[] = []
  const wrong: string[] = []
  const heap: number[] = []
  const deleted = noDeletions()
  let links = 0
  for (let done = 0; done < count;) {
    const machine = `fuzz-${first + done}`
    await room.system.createMachine(machine)
    await furnished(room, machine)
    const end = Math.min(done + PER_MACHINE, count)
    let next = done
    const work = async () => {
      while (next < end) {
        const seed = first + next++
        const defect = await attack(targets, machine, seed)
        if (defect !== undefined) defects.push(defect)
        if (seed % PER_DELETION === 0) {
          const said = await attackByDeleting(room, machine, seed, deleted).catch(String)
          if (said !== undefined) wrong.push(`seed ${seed}: ${said}`)
        }
        if (seed % PER_LINK !== 0) continue
        const to = MODELLED_LAYERS[Math.floor(seed / PER_LINK) % MODELLED_LAYERS.length] ?? 'hardware'
        const said = await attackLink(to, room.urls[to], machine, seed)
        links++
        if (said !== undefined) wrong.push(said)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    // An attack may have deleted it, or made others.
    for (const layer of MODELLED_LAYERS) await dropMachines(room.urls[layer])
    const half = done < count / 2 && end >= count / 2
    done = end
    if (half || done >= count) heap.push(...heapNow())
    told(done)
  }
  for (const layer of LAYERS) {
    const { status, text } = await request(`${room.urls[layer]}/health`)
    if (status !== 200) wrong.push(`${layer}: /health is ${status} ${text}`)
  }
  return { requests: count, links, deleted, frames: links * 50, defects, wrong, heap }
}

async function dropMachines(url: string): Promise<void> {
  const { json } = await request(`${url}/v1/machines`)
  const { machines = [] } = json as { machines?: readonly string[] }
  for (const machine of machines) await request(`${url}/v1/machines/${machine}`, { method: 'DELETE' })
}

function heapNow(): readonly number[] {
  if (globalThis.gc === undefined) return []
  globalThis.gc()
  return [process.memoryUsage().heapUsed]
}
