import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import { MODELLED_LAYERS, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { readJournal } from '../../shared/machine-room/read-journals.ts'
import { mergeJournals } from '../../shared/trace/merge-journals.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { hashOf } from '../fuzz/faults.ts'
import { patient } from '../fuzz/plays.ts'
import { unfounded } from '../fuzz/run.ts'
import { patientFetch } from '../support/processes.ts'
import { walkStory } from '../support/story.ts'
import type { Fleet } from './fleet.ts'
import type { Found } from './found.ts'

/** A story that takes longer is stuck, however busy the machine is. */
const STUCK_MS = 240_000
/** Between two faults at most. */
const PEACE_MS = 1500
const PAUSE_MS = 2000
const LATE_MS = 300
/** How far a clock is set back at most, and how far it is set forward: less than the policy is waited for. */
const BACK_MS = 3_600_000
const FORWARD_MS = 5000

const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

type Strike = (fleet: Fleet, layer: ModelledLayer, size: number) => Promise<unknown>

/** What is done to the fleet, how often of a hundred times. */
const STRIKES: Readonly<Record<string, { readonly share: number; readonly strike: Strike }>> = {
  'killed (SIGKILL) and started again': { share: 40, strike: (fleet, layer) => fleet.restart(layer, 0) },
  'killed and started with its clock set back': {
    share: 8,
    strike: (fleet, layer, size) => fleet.restart(layer, -Math.round(size * BACK_MS))
  },
  'killed and started with its clock set forward': {
    share: 7,
    strike: (fleet, layer, size) => fleet.restart(layer, Math.round(size * FORWARD_MS))
  },
  'stopped (SIGSTOP) for a while': { share: 15, strike: (fleet, layer, size) => fleet.pause(layer, size * PAUSE_MS) },
  'all connections cut': { share: 20, strike: async (fleet, layer) => fleet.proxies[layer].cut() },
  'all connections slow for a while': {
    share: 10,
    async strike(fleet, layer, size) {
      fleet.proxies[layer].delay(Math.ceil(size * LATE_MS))
      await sleep(PAUSE_MS)
      fleet.proxies[layer].delay(0)
    }
  }
}

/**
 * Tells stories on a fleet, one after the other, while faults follow each other. Which ones is said by the seed; at what
 * moment of a story they come is up to the machine, so that a repetition tries the same faults elsewhere.
 */
export async function disturbStories(
  fleet: Fleet,
  { seed, stories, until }: { readonly seed: number; readonly stories: number; readonly until: number },
  found: Found
): Promise<void> {
  let isOver = false
  const strikes = (async () => {
    for (let turn = 0; !isOver; turn++) {
      await sleep(hashOf(seed, 4 * turn) * PEACE_MS)
      const { name, strike } = drawn(hashOf(seed, 4 * turn + 1))
      const layer = MODELLED_LAYERS[Math.floor(hashOf(seed, 4 * turn + 2) * MODELLED_LAYERS.length)] ?? 'vmm'
      await strike(fleet, layer, hashOf(seed, 4 * turn + 3))
      found.faults.set(name, (found.faults.get(name) ?? 0) + 1)
    }
  })()
  // What goes wrong in it is heard of when the stories have ended, which it may keep from ending.
  const broken = strikes.then(() => new Promise<never>(() => undefined))
  try {
    for (let story = 0; story < stories && Date.now() < until; story++) {
      await Promise.race([tell(fleet, `chaos-${story}`, found), broken])
    }
  } finally {
    isOver = true
    await strikes
  }
}

function drawn(size: number): { readonly name: string; readonly strike: Strike } {
  let left = size * 100
  for (const [name, { share, strike }] of Object.entries(STRIKES)) {
    if ((left -= share) < 0) return { name, strike }
  }
  throw new Error('the shares are not a hundred')
}

async function tell(fleet: Fleet, machine: string, found: Found): Promise<void> {
  const system = systemOfServices(fleet.urls, { fetch: patientFetch(machine, fleet) })
  const stuck = new AbortController()
  const told = async () => {
    const journal = await walkStory(patient(system), machine, { policy: 'morse' })
    await system.settle()
    // As each service counts its time: a timer's data may say a moment, which nobody counts anew from another epoch.
    const reading = { machine, fetch: patientFetch(machine, fleet) }
    const journals = await Promise.all(MODELLED_LAYERS.map((layer) => readJournal(fleet.urls[layer], reading)))
    return journal.length === 0 ? journal : mergeJournals(journals)
  }
  const late = sleepUnless(STUCK_MS, stuck.signal)
  const journal = await Promise.race([told(), late])
  stuck.abort()
  found.stories++
  if (journal === undefined) return void found.wrongs.push(`stuck: ${machine} does not end`)
  found.wrongs.push(...unfounded(journal).map((one) => `${machine}: ${one}`))
  const { guest, tasks } = outcomeOf(journal)
  const end = `guest ${guest}, redis ${tasks['redis']}, nginx ${tasks['nginx']}`
  if (end !== 'guest running, redis killed, nginx completed') found.wrongs.push(`${machine} ended otherwise: ${end}`)
}

function sleepUnless(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}
