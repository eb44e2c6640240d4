import type { Layer } from '../../contracts/layer.ts'
import type { Problem } from '../../contracts/problem.ts'

/** Asks whether anybody answers at a URL; never rejects. */
export type Probe = (url: string) => Promise<boolean>

const PROBE_MS = 1000

/** Any answer will do: someone else's service need not say how it is. */
export const probeBy =
  (fetch: typeof globalThis.fetch): Probe =>
  (url) =>
    fetch(`${url.replace(/\/$/, '')}/health/live`, { signal: AbortSignal.timeout(PROBE_MS), redirect: 'manual' }).then(
      async (response) => {
        await response.body?.cancel()
        return true
      },
      () => false
    )

/** What is known of a neighbour. */
export interface Neighbour {
  readonly isReachable: boolean
  /** Why it is not, or not a fit one. */
  readonly problem: Problem | undefined
}

/** What a service knows of those it sends to: what its transport tells, and where that says nothing, what a look says. */
export class Neighbours {
  readonly #down = new Map<Layer, Problem>()
  readonly #probe: Probe
  #look: Promise<ReadonlyMap<Layer, Neighbour>> | undefined

  constructor(probe: Probe) {
    this.#probe = probe
  }

  /** As `OnChange` of the transport. */
  changed(to: Layer, problem: Problem | undefined): void {
    if (problem === undefined) this.#down.delete(to)
    else this.#down.set(to, problem)
  }

  /** Whether the last that was sent to it arrived, as far as something was. */
  isDown(to: Layer): boolean {
    return this.#down.has(to)
  }

  /** How each is. Whoever asks while somebody is looking gets what that one sees. */
  look(urls: ReadonlyMap<Layer, string>): Promise<ReadonlyMap<Layer, Neighbour>> {
    this.#look ??= this.#lookAt(urls).finally(() => (this.#look = undefined))
    return this.#look
  }

  async #lookAt(urls: ReadonlyMap<Layer, string>): Promise<ReadonlyMap<Layer, Neighbour>> {
    const seen = [...urls].map(async ([to, url]): Promise<[Layer, Neighbour]> => {
      const problem = this.#down.get(to)
      if (problem !== undefined) return [to, { isReachable: false, problem }]
      return [to, { isReachable: await this.#probe(url), problem: undefined }]
    })
    return new Map(await Promise.all(seen))
  }
}
