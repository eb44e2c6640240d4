import { readStory } from '../../services/console/stories.ts'
import { MODELS } from '../../services/layers.ts'
import type { MachineRoom } from '../../shared/machine-room/in-process.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { readers, room, type Readers } from './room.ts'

const STORY = readStory('morse')

/** The story, or a variation of it, on a machine of its own: all that happened there. */
export async function walkStory(
  system: System,
  machine: string,
  overrides: Overrides = {}
): Promise<readonly WireEntry[]> {
  return (await runScenario(system, STORY, machine, overrides)).journal
}

export interface Walk extends Readers {
  readonly bus: MachineRoom
  readonly journal: readonly WireEntry[]
  readonly outcome: Outcome
}

/** Walks the story, or a variation of it, in a room of its own. */
export async function walk(overrides: Overrides = {}, models = MODELS): Promise<Walk> {
  const { bus, system } = room({}, models)
  const journal = await walkStory(system, 'm0', overrides)
  return { bus, journal, outcome: outcomeOf(journal), ...readers(journal) }
}
