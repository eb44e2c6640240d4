import { vmCreated } from '../../../shared/contracts/notes/vmm-life.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import type { System } from '../../../shared/machine-room/system.ts'
import { StepError } from '../../../shared/scenario/places.ts'
import { planOf } from '../../../shared/scenario/plan.ts'
import { resultText } from '../../../shared/scenario/report-text.ts'
import { runScenario } from '../../../shared/scenario/run-scenario.ts'
import { durationOf } from '../../../shared/scenario/scalars.ts'
import type { ScenarioFile } from '../../../shared/scenario/schema.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import { NS_PER_MS } from '../../../shared/transport/timers.ts'
import { faultDigest } from '../fault-digest.ts'
import { reportOf, reportText, type Report } from '../report.ts'
import { setupOf } from '../stories.ts'
import type { RunSummary } from './kept-run.ts'
import type { Run } from './request.ts'

/** What came of a run, as an object and for people, and all that happened. */
export interface Told {
  readonly report: Report
  readonly text: string
  readonly journal: readonly WireEntry[]
}

/** Runs it and says how it ended. Throws ProblemError for a step that cannot be done. */
export async function play(
  system: System,
  { story, scenario, overrides, explain }: Run,
  machine: string
): Promise<Told> {
  const result = await runScenario(system, scenario, machine, overrides).catch(asProblem)
  const { journal } = result
  if (story === undefined) {
    const report = reportOf(result, scenario.expect, { setup: overrides, explain })
    return { report, text: `${resultText(result, { explain })}\n`, journal }
  }
  const report = reportOf(result, scenario.expect, { setup: setupOf(scenario, overrides), story, explain })
  return { report, text: reportText(report), journal }
}

/** A step that cannot be done has the code of the layer that refused it, if one did. */
function asProblem(problem: unknown): never {
  if (!(problem instanceof StepError)) throw problem
  const { cause, message } = problem
  throw new ProblemError(cause instanceof ProblemError ? cause.problem.code : 'scenario-impossible', message)
}

/** Time is real here, and whoever asks holds on to a connection. */
const PATIENCE_NS = 600e9

/** Ms that the steps of a scenario wait. Throws ProblemError when that is too long. */
export function patienceFor({ steps }: ScenarioFile): number {
  const waits = steps.reduce((sum, { wait }) => sum + (wait === undefined ? 0 : durationOf(wait)), 0)
  if (waits <= PATIENCE_NS) return waits / NS_PER_MS
  const detail = `its steps wait ${waits / 1e9} s, and ${PATIENCE_NS / 1e9} s is all that a run may wait here`
  throw new ProblemError('scenario-impossible', detail)
}

/** What is known of a run before it has begun. */
export function partsOf({
  story,
  scenario,
  overrides
}: Run): Pick<RunSummary, 'name' | 'story' | 'vmm' | 'policy' | 'linux' | 'guestLinux' | 'fault' | 'setup'> {
  const { vms, boot } = planOf(scenario, overrides)
  const [vm] = vms
  const { policy } = setupOf(scenario, overrides)
  const linux = boot.linux ?? USUAL_LINUX
  const guests = [...new Set(vms.map(({ guest }) => guest?.linux ?? USUAL_LINUX))]
  return {
    name: scenario.title,
    ...(story === undefined ? {} : { story }),
    ...(vm === undefined ? {} : { vmm: vm.profile ?? USUAL_VMM, ...(policy === undefined ? {} : { policy }) }),
    linux,
    ...(guests.every((guest) => guest === linux) ? {} : { guestLinux: guests.join(', ') }),
    fault: faultDigest(scenario, overrides),
    setup: overrides
  }
}

const USUAL_VMM = 'reference'
const USUAL_LINUX = '6.1'

/** What its first VM came to be: a VMM that is not told its profile has one of its own. */
function vmmIn(journal: readonly WireEntry[]): Pick<RunSummary, 'vmm'> {
  const made = journal.find(({ kind, type }) => kind === 'note' && type === vmCreated.type)
  const { profile } = (made?.data ?? {}) as { readonly profile?: string }
  return profile === undefined ? {} : { vmm: profile }
}

/** What is told of a run that has ended beside how. */
export function endOf({ report, journal }: Told): Partial<RunSummary> {
  const { sentence, outcome, cell, failures } = report
  return {
    sentence: sentence.text,
    ...vmmIn(journal),
    outcome,
    cell,
    ...(failures === undefined ? {} : { expected: { met: failures.length === 0, failures: failures.length } }),
    entries: journal.length
  }
}
