import { wholeNumber, type Environment } from '../../shared/service/environment.ts'

/** How much the console runs at a time, and for how long. */
export interface RunLimits {
  /** Runs at a time; a further one is refused. */
  readonly maxRuns: number
  /** Ms that a run may take beyond what its own steps wait. */
  readonly runMs: number
}

export const DEFAULT_LIMITS: RunLimits = { maxRuns: 8, runMs: 120_000 }

const MOST_RUNS = 1000
const MOST_SECONDS = 86_400

/** What `SEABUS_MAX_RUNS` and `SEABUS_RUN_SECONDS` say. Throws EnvironmentError for what is no such number. */
export function runLimitsFromEnv(env: Environment): RunLimits {
  const seconds = wholeNumber(env, 'SEABUS_RUN_SECONDS', MOST_SECONDS)
  return {
    maxRuns: wholeNumber(env, 'SEABUS_MAX_RUNS', MOST_RUNS) ?? DEFAULT_LIMITS.maxRuns,
    runMs: seconds === undefined ? DEFAULT_LIMITS.runMs : seconds * 1000
  }
}
