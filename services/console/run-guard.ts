import type { FastifyReply } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { saysOfWaits } from '../../shared/contracts/waits.ts'
import { whatWaits } from '../../shared/machine-room/what-waits.ts'
import type { LayerUrls } from './layer-urls.ts'
import type { RunLimits } from './run-limits.ts'

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
/** A service is given so long to forget a machine. */
const FORGET_MS = 5000

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
    const leastMs = runMs + guarded.waitsMs
    const late = setTimeout(() => end.abort(LATE), leastMs)
    const gone = () => end.abort(GONE)
    reply.raw.once('close', gone)
    this.#running++
    try {
      return await doing(end.signal)
    } catch (error) {
      if (end.signal.reason === GONE) throw new ProblemError('answer-late', GONE.message)
      if (end.signal.reason !== LATE) throw error
      throw await this.#late(guarded.machine, leastMs)
    } finally {
      clearTimeout(late)
      reply.raw.off('close', gone)
      if (guarded.forget) await this.#forget(guarded.machine)
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

  /** A service that forgets nothing says so, and one that is down has nothing to forget: neither is the run's affair. */
  async #forget(machine: string): Promise<void> {
    const { layers, fetch } = this.#ports
    const headers = { 'content-type': 'application/json' }
    const forgotten = Object.values(layers).map(async (url) => {
      const init = { method: 'DELETE', headers, body: '{}', signal: AbortSignal.timeout(FORGET_MS) }
      await (await fetch(`${url}/v1/machines/${machine}`, init)).body?.cancel()
    })
    await Promise.allSettled(forgotten)
  }
}
