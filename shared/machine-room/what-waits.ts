import type { Became, Waits } from '../contracts/became.ts'
import { MODELLED_LAYERS, type Layer } from '../contracts/layer.ts'
import { NOT_OFFERED } from '../transport/headers.ts'
import { whyUnreached } from '../transport/why-unreached.ts'

/** A layer is given so long to say what it waits for: whoever asks has waited long enough. */
const LOOK_MS = 2000

export interface Looked {
  readonly waits: readonly Waits[]
  /** Layers that could not be asked. */
  readonly silent: Became['silent']
}

/** What the layers still wait for on a machine, looked at once. A layer that does not say is among the silent ones. */
export async function whatWaits(
  urls: Readonly<Partial<Record<Layer, string>>>,
  machine: string,
  fetch: typeof globalThis.fetch
): Promise<Looked> {
  const silent: Became['silent'] = []
  const waits = await Promise.all(
    MODELLED_LAYERS.map(async (layer): Promise<readonly Waits[]> => {
      try {
        const url = `${(urls[layer] ?? '').replace(/\/$/, '')}/v1/quiescence?machine=${machine}`
        const response = await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) })
        if (response.ok) return ((await response.json()) as Partial<Looked>).waits ?? []
        await response.body?.cancel()
        if (!NOT_OFFERED.has(response.status)) silent.push({ layer, because: `it answers ${response.status}` })
      } catch (error) {
        silent.push({ layer, because: whyUnreached(error) })
      }
      return []
    })
  )
  return { waits: waits.flat(), silent }
}
