import { readStory } from '../../services/console/stories.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { digestOf } from '../../shared/engine/digest.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { Services } from './services.ts'

/** What services that have read back a data directory say, by paths: short, but other when anything is. */
export type Said = Readonly<Record<string, string>>

const READS: readonly (readonly [layer: 'hardware' | 'firmware' | 'host-kernel' | 'vmm' | 'guest', path: string])[] = [
  ['hardware', 'vms/vm0/stage2'],
  ['firmware', 'error-sources'],
  ['host-kernel', 'frames'],
  ['host-kernel', 'log'],
  ['vmm', 'vms/vm0'],
  ['guest', 'vms/vm0/tasks'],
  ['guest', 'vms/vm0/log']
]

async function textOf(url: string): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  // A VM that is gone is not there; a service that fails says nothing of its data.
  if (response.status >= 500) throw new Error(`${url}: ${response.status} ${text}`)
  return text
}

/** So few inputs are kept behind snapshots when a fixture is written that there are some of both. */
export const WRITTEN_WITH = { entries: 30 }
export const MACHINES = ['m0', 'm1'] as const

/** The two stories, each on a machine of its own. */
export async function furnish({ system }: Services): Promise<void> {
  await runScenario(system, readStory('morse'), 'm0')
  await runScenario(system, readStory('sei'), 'm1')
  await system.settle()
}

export async function saidBy({ urls }: Services): Promise<Said> {
  const said: Record<string, string> = {}
  for (const layer of MODELLED_LAYERS) {
    // What is kept does not have the trace that a message is part of by itself.
    const journal = (await textOf(`${urls[layer]}/v1/journal`)).replaceAll(/,"trace":"\w+"/g, '')
    const lines = journal.split('\n').filter((line) => line !== '')
    said[`${layer} journal`] = `${lines.length} entries, ${digestOf(journal)}`
  }
  for (const machine of MACHINES) {
    for (const [layer, path] of READS) {
      const text = await textOf(`${urls[layer]}/v1/machines/${machine}/${path}`)
      said[`${layer} ${machine} ${path}`] = `${text.length} characters, ${digestOf(text)}`
    }
  }
  return said
}
