import { readFileSync } from 'node:fs'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { toldOf } from '../../shared/trace/told.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import { room } from '../support/room.ts'

/** The journal of a shipped scenario as the console gives it, with what readers are told. */
export async function journalOf(name: string): Promise<readonly WireEntry[]> {
  const read = readScenario(readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8'), name)
  if (read.errors !== undefined) throw new Error(JSON.stringify(read.errors))
  const { journal } = await runScenario(room().system, read.scenario, 'm0', {})
  return journal.map((entry) => ({ ...entry, ...toldOf(entry) }))
}

/** The same as the page has it. */
export async function played(name: string): Promise<RunModel> {
  return new RunModel(await journalOf(name))
}
