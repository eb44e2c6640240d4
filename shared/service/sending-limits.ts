import { HELD_BOUNDS } from '../transport/held.ts'
import type { HttpOptions } from '../transport/http-options.ts'
import { PATIENCE_MS, type PatienceMs } from '../transport/patience.ts'
import { EnvironmentError, wholeNumber, type Environment } from './read-variable.ts'

/** How much may wait for a neighbour, and how long one is tried that answers and does not take a message. */
export type SendingLimits = Required<Pick<HttpOptions, 'bounds' | 'patience'>>

const BACKLOG = 'SEABUS_BACKLOG_BYTES'
const MACHINE_BACKLOG = 'SEABUS_MACHINE_BACKLOG_BYTES'
const PATIENCE: Readonly<Record<keyof PatienceMs, string>> = {
  absent: 'SEABUS_PATIENCE_ABSENT',
  failing: 'SEABUS_PATIENCE_FAILING',
  busy: 'SEABUS_PATIENCE_BUSY'
}

/** The variables of `docs/limits.md` that are about what is sent. Throws EnvironmentError for one that makes no sense. */
export function sendingLimitsFromEnv(env: Environment): SendingLimits {
  const bytes = (name: string) => {
    const number = wholeNumber(env, name)
    if (number === 0) throw new EnvironmentError(`${name} must be at least 1 byte`)
    return number
  }
  const neighbourBytes = bytes(BACKLOG) ?? HELD_BOUNDS.neighbourBytes
  const given = bytes(MACHINE_BACKLOG)
  if (given !== undefined && given > neighbourBytes) {
    throw new EnvironmentError(
      `${MACHINE_BACKLOG} must not be over ${BACKLOG}, which is of all machines together: ${given} and ${neighbourBytes}`
    )
  }
  const machineBytes = given ?? Math.min(HELD_BOUNDS.machineBytes, neighbourBytes)
  const seconds = (kind: keyof PatienceMs) => {
    const number = wholeNumber(env, PATIENCE[kind])
    if (number === undefined) return PATIENCE_MS[kind]
    return number === 0 ? Infinity : number * 1000
  }
  return {
    bounds: { machineBytes, neighbourBytes },
    patience: { absent: seconds('absent'), failing: seconds('failing'), busy: seconds('busy') }
  }
}
