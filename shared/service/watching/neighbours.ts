import type { Layer } from '../../contracts/layer.ts'
import type { Problem } from '../../contracts/problem.ts'
import type { Neighbour } from '../../transport/transport.ts'

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

/** How a neighbour is. */
export interface Seen {
  readonly isReachable: boolean
  /** Why it is not, or not a fit one. */
  readonly problem: Problem | undefined
}

/** What a service knows of those it sends to: what its transport tells, and where that says nothing, what a look says. */
export class Neighbours {
  readonly #told: () => readonly Neighbour[]
  readonly #probe: Probe
  #look: Promise<ReadonlyMap<Layer, Seen>> | undefined

  constructor(told: () => readonly Neighbour[], probe: Probe) {
    this.#told = told
    this.#probe = probe
  }

  /** Why the last that was sent to it did not arrive; undefined when it did, or nothing was. */
  troubleOf(to: Layer): Problem | undefined {
    return this.#told().find(({ layer, trouble }) => layer === to && trouble !== undefined)?.trouble
  }

  /** How often something was sent to it once more. */
  retries(to: Layer): number {
    return this.#told().reduce((sum, { layer, retries }) => (layer === to ? sum + retries : sum), 0)
  }

  /** How each is. Whoever asks while somebody is looking gets what that one sees. */
  look(urls: ReadonlyMap<Layer, string>): Promise<ReadonlyMap<Layer, Seen>> {
    this.#look ??= this.#lookAt(urls).finally(() => (this.#look = undefined))
    return this.#look
  }

  async #lookAt(urls: ReadonlyMap<Layer, string>): Promise<ReadonlyMap<Layer, Seen>> {
    const seen = [...urls].map(async ([to, url]): Promise<[Layer, Seen]> => {
      const problem = this.troubleOf(to)
      return [to, { isReachable: problem === undefined && (await this.#probe(url)), problem }]
    })
    return new Map(await Promise.all(seen))
  }
}
