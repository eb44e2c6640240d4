import type { Overrides } from '../../shared/scenario/plan.ts'
import { StepError } from '../../shared/scenario/places.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { runAsFarAsItGoes } from '../scenario/in-process.ts'
import { withPolicyAt } from '../scenario/policy-at.ts'
import { ServiceDown } from '../scenario/service-down.ts'
import { inProcess } from '../scenario/run-file.ts'

/** A scenario to run in whatever thread; only what a thread can be handed. */
export interface Job {
  readonly scenario: ScenarioFile
  readonly overrides: Overrides
  /** A step that is impossible ends the run with what came of it until then, instead of being a mistake. */
  readonly asFarAsItGoes?: boolean
}

/** What came of it, with the seconds it took; or why it could not be run. */
export type Answer =
  | { readonly result: Result; readonly seconds: number }
  | { readonly cannot: string; readonly because: 'step' | 'service-down' }

/** Runs a job under virtual time. Throws what is neither a mistake in the file nor a service that is down. */
export function answerOf({ scenario, overrides, asFarAsItGoes = false }: Job): Promise<Answer> {
  return answerTo(() =>
    asFarAsItGoes
      ? withPolicyAt((options) => runAsFarAsItGoes(scenario, overrides, options))
      : inProcess(scenario, overrides)
  )
}

/** What comes of a run, wherever that is. Throws what is neither a mistake in the file nor a service that is down. */
export async function answerTo(run: () => Promise<Result>): Promise<Answer> {
  const start = performance.now()
  try {
    const result = await run()
    return { result, seconds: (performance.now() - start) / 1000 }
  } catch (problem) {
    if (problem instanceof ServiceDown) return { cannot: problem.message, because: 'service-down' }
    if (problem instanceof StepError) return { cannot: problem.message, because: 'step' }
    throw problem
  }
}
