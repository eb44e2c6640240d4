import { EnvironmentError, wholeNumber, type Environment } from '../../../shared/service/environment.ts'
import type { ShelfBounds } from './shelf.ts'

/** How much the console runs at a time, and for how long, and how much of it is kept. */
export interface RunLimits {
  /** Runs at a time; a further one is refused. */
  readonly maxRuns: number
  /** Ms that a run may take beyond what its own steps wait. */
  readonly runMs: number
  /** What is kept of runs; the oldest give way. */
  readonly kept: ShelfBounds
}

export const DEFAULT_LIMITS: RunLimits = {
  maxRuns: 8,
  runMs: 120_000,
  kept: { runs: 2000, bytes: 64 * 1024 * 1024 }
}

const MOST_RUNS = 1000
const MOST_SECONDS = 86_400

/** What the variables of `docs/limits.md` say of runs. Throws EnvironmentError for one that makes no sense. */
export function runLimitsFromEnv(env: Environment): RunLimits {
  const seconds = wholeNumber(env, 'SEABUS_RUN_SECONDS', MOST_SECONDS)
  return {
    maxRuns: wholeNumber(env, 'SEABUS_MAX_RUNS', MOST_RUNS) ?? DEFAULT_LIMITS.maxRuns,
    runMs: seconds === undefined ? DEFAULT_LIMITS.runMs : seconds * 1000,
    kept: {
      runs: atLeastOne(env, 'SEABUS_KEPT_RUNS') ?? DEFAULT_LIMITS.kept.runs,
      bytes: atLeastOne(env, 'SEABUS_KEPT_RUN_BYTES') ?? DEFAULT_LIMITS.kept.bytes
    }
  }
}

function atLeastOne(env: Environment, name: string): number | undefined {
  const number = wholeNumber(env, name)
  if (number === 0) throw new EnvironmentError(`${name} must be at least 1`)
  return number
}
