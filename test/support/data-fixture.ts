import { readStory } from '../../services/console/stories.ts'
import { memoryAccess, stage2Map } from '../../shared/contracts/hardware.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { MODELS, VERSION } from '../../shared/engine/sqlite/tables.ts'
import { SNAPSHOT_FORM } from '../../shared/engine/snapshot.ts'
import { STATE_TEXT_VERSION } from '../../shared/engine/state-text.ts'
import { digestOf } from '../../shared/engine/digest.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { request } from './requests.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Services } from './services.ts'

/** What services that have read back a data directory say, by paths: short, but other when anything is. */
export type Said = Readonly<Record<string, string>>

const READS: readonly (readonly [layer: 'hardware' | 'firmware' | 'host-kernel' | 'vmm' | 'guest', path: string])[] = [
  ['hardware', 'vms/vm0/stage2'],
  ['firmware', 'error-sources'],
  ['hardware', 'poisoned'],
  ['hardware', 'hardware'],
  ['host-kernel', 'frames'],
  ['host-kernel', 'processes'],
  ['host-kernel', 'vms'],
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

/** What a data directory depends on: a fixture of each must be kept. */
export const FORMS = {
  tables: VERSION,
  models: MODELS,
  snapshots: SNAPSHOT_FORM,
  stateText: STATE_TEXT_VERSION
} as const

/** So few inputs are kept behind snapshots when a fixture is written that there are some of both. */
export const WRITTEN_WITH = { entries: 12 }
export const MACHINES = ['m0', 'm1'] as const
/** Has rows alone. */
const LATE = 'm3'
/** Of a message that no guest can take. */
export const LETTERS_OF = 'm2'

/** The two stories, each on a machine of its own, a machine with a dead letter, and one that is no more. */
export async function furnish({ system, urls }: Services): Promise<void> {
  await runScenario(system, readStory('morse'), 'm0')
  await runScenario(system, readStory('sei'), 'm1')
  await system.createMachine(LETTERS_OF)
  await deadLetter(system, LETTERS_OF)
  await system.createMachine('gone')
  await deadLetter(system, 'gone')
  await system.settle()
  for (const layer of MODELLED_LAYERS) {
    const { status } = await request(`${urls[layer]}/v1/machines/gone`, { method: 'DELETE' })
    if (status !== 200) throw new Error(`${layer} does not delete a machine: ${status}`)
  }
}

/** A story behind the snapshots, on a machine that has none. */
export async function furnishMore({ system }: Services): Promise<void> {
  await runScenario(system, readStory('morse'), LATE)
  await system.settle()
}

/** An access by a vCPU of a VM that the guest layer has never heard of completes. */
async function deadLetter(system: System, machine: string): Promise<void> {
  const [vm, physical] = ['ghost', 0x4000_1000n]
  await system.ask(machine, stage2Map, { vm, guestPhysical: physical, hostPhysical: 0x4800_1000n, length: 0x1000n })
  const access = { vm, vcpu: 0, el: 0, pc: 0x400c10n, pstate: 0n, access: 'load', virtual: 0xffff_9000_0000n } as const
  await system.tell(machine, memoryAccess, { ...access, physical })
}

export async function saidBy({ urls }: Services): Promise<Said> {
  const said: Record<string, string> = {}
  for (const layer of MODELLED_LAYERS) {
    // What is kept does not have the trace that a message is part of by itself.
    const journal = (await textOf(`${urls[layer]}/v1/journal`)).replaceAll(/,"trace":"\w+"/g, '')
    const lines = journal.split('\n').filter((line) => line !== '')
    said[`${layer} journal`] = `${lines.length} entries, ${digestOf(journal)}`
    // In which order they come back is nobody's promise.
    const { machines } = JSON.parse(await textOf(`${urls[layer]}/v1/machines`)) as { machines: readonly string[] }
    said[`${layer} machines`] = machines.toSorted().join(', ')
    const { json } = await request(`${urls[layer]}/v1/dead-letters`)
    const { letters = [] } = json as { letters?: readonly Record<string, unknown>[] }
    said[`${layer} dead letters`] = letters
      .map(({ machine, id, type }) => `${String(machine)} ${String(type)} ${String(id)}`)
      .join(', ')
  }
  for (const machine of [...MACHINES, LATE]) {
    for (const [layer, path] of READS) {
      const text = await textOf(`${urls[layer]}/v1/machines/${machine}/${path}`)
      said[`${layer} ${machine} ${path}`] = `${text.length} characters, ${digestOf(text)}`
    }
  }
  return said
}
