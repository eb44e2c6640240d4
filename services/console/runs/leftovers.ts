import type { LayerUrls } from '../layer-urls.ts'
import { deleteEverywhere, stillThere } from '../machines.ts'

export interface LeftoversPorts {
  readonly layers: LayerUrls
  readonly fetch: typeof globalThis.fetch
  /** Calls back after so many ms unless it is cancelled. */
  readonly later?: (call: () => void, ms: number) => () => void
}

const AGAIN_MS = 5000
/** So many are remembered; of services that are down for longer than that, machines stay. */
const MOST = 1000

/** Machines of runs that are over, which some service could not be told to delete: it is told again until it is. */
export class Leftovers {
  readonly #ports: LeftoversPorts
  readonly #machines = new Set<string>()
  #cancel: (() => void) | undefined

  constructor(ports: LeftoversPorts) {
    this.#ports = ports
  }

  add(machine: string): void {
    this.#machines.add(machine)
    const [oldest] = this.#machines
    if (this.#machines.size > MOST && oldest !== undefined) this.#machines.delete(oldest)
    this.#plan()
  }

  /** Whether a machine is to be deleted still. */
  has(machine: string): boolean {
    return this.#machines.has(machine)
  }

  /** Does not wait for the next time. */
  async tidy(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const { layers, fetch } = this.#ports
    for (const machine of [...this.#machines]) {
      const left = stillThere(await deleteEverywhere(layers, machine, fetch))
      if (left.length === 0) this.#machines.delete(machine)
    }
    if (this.#machines.size > 0) this.#plan()
  }

  close(): void {
    this.#machines.clear()
    this.#cancel?.()
  }

  #plan(): void {
    const { later = byTimer } = this.#ports
    this.#cancel ??= later(() => void this.tidy(), AGAIN_MS)
  }
}

const byTimer = (call: () => void, ms: number) => {
  const timer = setTimeout(call, ms).unref()
  return () => clearTimeout(timer)
}
