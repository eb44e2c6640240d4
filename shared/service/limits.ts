import { EnvironmentError, wholeNumber, type Environment } from './read-variable.ts'

/** How much one service takes on at a time. What is over it is turned away by itself; all else goes on. */
export interface Limits {
  /** Connections; at it the one that has been idle longest gives way, and when none is idle the newcomer is told so. */
  readonly connections: number
  /** Links of other layers; at it the one that has been silent longest gives way. */
  readonly links: number
  /** Journals that are being read, followed ones among them. */
  readonly readers: number
  /** Requests a second of one address, over ten seconds; 0 for any number. */
  readonly rate: number
  /** Ms from the first byte of a request to the last of its body. */
  readonly requestMs: number
  /** Ms from the first byte of a request to the end of its headers; no more than `requestMs`. */
  readonly headersMs: number
  /** Machines; one more is refused. */
  readonly machines: number
  /** Bytes that the state of one machine may take, about; what would add to it is refused. */
  readonly stateBytes: number
  /** When the whole process has too much to do; without it nobody is turned away for that. */
  readonly pressure?: Pressure | undefined
}

/** Depends on the machine, so that only what the environment starts is measured by it. 0 for no such limit. */
export interface Pressure {
  /** Ms between two looks; what is seen holds until the next. */
  readonly everyMs: number
  /** Ms that a turn of the event loop may take, as a mean since the last look. */
  readonly delayMs: number
  /** Percent of the heap that V8 may have. */
  readonly heapPercent: number
}

export const DEFAULT_LIMITS: Limits = {
  connections: 1000,
  links: 64,
  readers: 256,
  rate: 3000,
  requestMs: 30_000,
  headersMs: 10_000,
  machines: 10_000,
  stateBytes: 32 * 1024 * 1024
}
export const DEFAULT_PRESSURE: Pressure = { everyMs: 5000, delayMs: 2000, heapPercent: 90 }

/** The variables of `docs/limits.md`. Throws EnvironmentError for one that makes no sense. */
export function limitsFromEnv(env: Environment): Limits {
  const atLeastOne = (name: string, otherwise: number) => {
    const number = wholeNumber(env, name) ?? otherwise
    if (number > 0) return number
    throw new EnvironmentError(`${name} must be at least 1`)
  }
  const requestMs = 1000 * atLeastOne('SEABUS_REQUEST_SECONDS', DEFAULT_LIMITS.requestMs / 1000)
  return {
    connections: atLeastOne('SEABUS_MAX_CONNECTIONS', DEFAULT_LIMITS.connections),
    links: atLeastOne('SEABUS_MAX_LINKS', DEFAULT_LIMITS.links),
    readers: atLeastOne('SEABUS_MAX_READERS', DEFAULT_LIMITS.readers),
    rate: wholeNumber(env, 'SEABUS_RATE') ?? DEFAULT_LIMITS.rate,
    machines: atLeastOne('SEABUS_MAX_MACHINES', DEFAULT_LIMITS.machines),
    stateBytes: atLeastOne('SEABUS_MAX_STATE', DEFAULT_LIMITS.stateBytes),
    requestMs,
    headersMs: Math.min(DEFAULT_LIMITS.headersMs, requestMs),
    pressure: {
      ...DEFAULT_PRESSURE,
      delayMs: wholeNumber(env, 'SEABUS_MAX_DELAY') ?? DEFAULT_PRESSURE.delayMs,
      heapPercent: wholeNumber(env, 'SEABUS_MAX_HEAP', 100) ?? DEFAULT_PRESSURE.heapPercent
    }
  }
}
