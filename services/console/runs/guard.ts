import { ProblemError } from '../../../shared/contracts/problem.ts'
import { saysOfWaits } from '../../../shared/contracts/waits.ts'
import { whatWaits } from '../../../shared/machine-room/what-waits.ts'
import type { LayerUrls } from '../layer-urls.ts'
import type { RunLimits } from './limits.ts'

/** What a person is told to do about a dead letter cannot be done once its machine is deleted. */
function withoutItsLetter(error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.problem.code !== 'dead-letter') return error
  const { detail, waits } = error.problem
  const kept = 'the machine of this run is deleted, and the letter with it; a run with keep: true leaves them'
  return new ProblemError('dead-letter', `${detail}; ${kept}`, { waits })
}

export interface RunGuardPorts {
  readonly layers: LayerUrls
  readonly limits: Pick<RunLimits, 'maxRuns' | 'runMs'>
  readonly fetch: typeof globalThis.fetch
}

/** A run as far as its guard needs to know it. */
export interface Guarded {
  readonly machine: string
  /** Ms that its own steps wait. */
  readonly waitsMs: number
  /** Its machine is deleted when it is over. */
  readonly forget: boolean
  /** Ends it; aborted by others with a ProblemError that says why it is not to go on. */
  readonly end: AbortController
}

const LATE = new Error('the time of the run is over')

/** Lets so many runs go at a time, and ends each with its time or when nobody wants it any more. */
export class RunGuard {
  readonly #ports: RunGuardPorts
  #running = 0

  constructor(ports: RunGuardPorts) {
    this.#ports = ports
  }

  /** Runs that are under way. */
  get running(): number {
    return this.#running
  }

  /** Takes one of the places, until `leave`. Throws ProblemError when there is none. */
  enter(): void {
    const { maxRuns } = this.#ports.limits
    if (this.#running < maxRuns) this.#running++
    else throw new ProblemError('too-many', `${this.#running} runs are under way, which are all that there may be`)
  }

  leave(): void {
    this.#running--
  }

  /**
   * Does a run that has a place. `doing` must end when the signal is aborted. Throws what it throws; or why the run was not
   * to go on; or, when its time is over, ProblemError with what it waits for.
   */
  async run<Result>(
    { machine, waitsMs, forget, end }: Guarded,
    doing: (signal: AbortSignal) => Promise<Result>
  ): Promise<Result> {
    const mostMs = this.#ports.limits.runMs + waitsMs
    const late = setTimeout(() => end.abort(LATE), mostMs)
    try {
      return await doing(end.signal)
    } catch (error) {
      const why: unknown = end.signal.reason
      if (why instanceof ProblemError) throw why
      if (why !== LATE) throw forget ? withoutItsLetter(error) : error
      throw await this.#late(machine, mostMs)
    } finally {
      clearTimeout(late)
    }
  }

  async #late(machine: string, afterMs: number): Promise<ProblemError> {
    const { layers, fetch } = this.#ports
    const { waits, silent } = await whatWaits(layers, machine, fetch)
    const deaf = silent.map(({ layer, because }) => `; ${layer} does not answer (${because})`).join('')
    const detail = `the run on ${machine} was not over after ${afterMs / 1000} s; ${saysOfWaits(waits)}${deaf}`
    return new ProblemError('answer-late', detail, { waits })
  }
}
