import { readFileSync } from 'node:fs'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { runScenario, type Result } from '../../shared/scenario/run-scenario.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { toldOf } from '../../shared/trace/told.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import { room } from '../support/room.ts'

/** The journal of a shipped scenario as the console gives it, with what readers are told. */
export async function journalOf(name: string): Promise<readonly WireEntry[]> {
  const text = readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8')
  const { journal } = await playedText(text)
  return journal.map((entry) => ({ ...entry, ...toldOf(entry) }))
}

/** The same as the page has it. */
export async function played(name: string): Promise<RunModel> {
  return new RunModel(await journalOf(name))
}

/** What came of a scenario that is given as text. */
export async function playedText(text: string): Promise<Result> {
  const read = readScenario(text, 'text')
  if (read.errors !== undefined) throw new Error(JSON.stringify(read.errors))
  return runScenario(room().system, read.scenario, 'm0', {})
}
