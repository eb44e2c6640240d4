import { basename } from 'node:path'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { readStory } from '../../services/console/stories.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { FuzzRoom } from './room.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** Longer than a policy service is away: its absence is a test of its own. */
const PATIENT_MS = 60_000

/** Something to play on a system, on a machine of this name. */
export interface Play {
  readonly name: string
  /** What happens in it is a race: its outcome depends on who is faster. */
  readonly races: boolean
  readonly perform: (system: System, machine: string, room: FuzzRoom) => Promise<unknown>
}

/**
 * Two errors, two threads, two vCPUs, an error and the poll or the access that finds it, a record and the print limit, what
 * is taken over and over until it is answered: which comes first, and how much of it fits, is up to
 * whoever is faster, on real machines too. The ends of these may differ; nothing may be lost or done twice in them either.
 */
const RACING = /^(03|05|06|07|09|14|21|22|23|31)-|^(guest|native)-(thread|store)|storm|pinned|^altra-doorbells/

/** Of several records each meets the prints and acknowledgements of those before it. */
const reports = ({ steps }: ScenarioFile): number =>
  steps.filter(({ report, message }) => (report ?? message) !== undefined).length

/** A system whose VMs wait for their policy. */
export function patient(system: System, policyDeadlineMs = PATIENT_MS): System {
  return {
    ...system,
    tell: (machine, message, data) =>
      system.tell(machine, message, message.type === vmCreate.type ? { ...data, policyDeadlineMs } : data)
  }
}

const play = (name: string, races: boolean, file: ScenarioFile, overrides?: Overrides): Play => ({
  name,
  races,
  perform: (system, machine) => runScenario(system, file, machine, overrides)
})

export const STORY_PLAYS = [
  play('the story', false, readStory('morse')),
  play('the counter-example', false, readStory('sei')),
  play('the story, polled', false, readStory('morse'), { notify: 'POLLED' })
] as const

function scenarioPlays(): readonly Play[] {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  return read.scenarios.map(({ file, scenario }) => {
    const name = basename(file)
    return play(name, RACING.test(name) || reports(scenario) > 1, scenario)
  })
}

/** The stories first, then every shipped scenario. */
export const PLAYS: readonly Play[] = [...STORY_PLAYS, ...scenarioPlays()]
