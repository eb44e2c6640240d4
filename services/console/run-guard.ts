import type { FastifyReply } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { saysOfWaits } from '../../shared/contracts/waits.ts'
import { whatWaits } from '../../shared/machine-room/what-waits.ts'
import type { LayerUrls } from './layer-urls.ts'
import { deleteEverywhere } from './machines.ts'
import type { RunLimits } from './run-limits.ts'

/** What a person is told to do about a dead letter cannot be done once its machine is deleted. */
function withoutItsLetter(error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.problem.code !== 'dead-letter') return error
  const { detail, waits } = error.problem
  const kept = 'the machine of this run is deleted, and the letter with it; a run with keep: true leaves them'
  return new ProblemError('dead-letter', `${detail}; ${kept}`, { waits })
}

export interface RunGuardPorts {
  readonly layers: LayerUrls
  readonly limits: RunLimits
  readonly fetch: typeof globalThis.fetch
}

/** A run as far as its guard needs to know it. */
export interface Guarded {
  readonly machine: string
  /** Ms that its own steps wait. */
  readonly waitsMs: number
  /** Its machine is deleted when it is over. */
  readonly forget: boolean
}

/** Seconds after which whoever found no room may ask again. */
const AGAIN_S = 1

const LATE = new Error('the time of the run is over')
const GONE = new Error('nobody waits for the run any more')

/** Lets so many runs go at a time, ends each with its time or with its client, and tidies up after it. */
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

  /**
   * Does a run for whoever waits for `reply`. `doing` must end when the signal is aborted. Throws what it throws; or
   * ProblemError when there is no room for another one, and when its time is over, then with what it waits for.
   */
  async run<Result>(
    reply: FastifyReply,
    guarded: Guarded,
    doing: (signal: AbortSignal) => Promise<Result>
  ): Promise<Result> {
    const { maxRuns, runMs } = this.#ports.limits
    if (this.#running >= maxRuns) {
      void reply.header('retry-after', AGAIN_S)
      throw new ProblemError('too-many', `${this.#running} runs are under way, which are all that there may be`)
    }
    const end = new AbortController()
    const mostMs = runMs + guarded.waitsMs
    const late = setTimeout(() => end.abort(LATE), mostMs)
    const gone = () => end.abort(GONE)
    reply.raw.once('close', gone)
    this.#running++
    try {
      return await doing(end.signal)
    } catch (error) {
      if (end.signal.reason === GONE) throw new ProblemError('answer-late', GONE.message)
      if (end.signal.reason !== LATE) throw guarded.forget ? withoutItsLetter(error) : error
      throw await this.#late(guarded.machine, mostMs)
    } finally {
      clearTimeout(late)
      reply.raw.off('close', gone)
      // A service that is down, or keeps machines for good, is not the run's affair.
      if (guarded.forget) await deleteEverywhere(this.#ports.layers, guarded.machine, this.#ports.fetch)
      this.#running--
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
