import { randomUUID } from 'node:crypto'

/** So many runs that are gone are remembered; whoever has not asked for longer reads the whole list again. */
const MOST_GONE = 1000

export interface Changed {
  /** Ids of runs that are new or have changed. */
  readonly runs: ReadonlySet<string>
  readonly gone: readonly string[]
}

/** What has changed about the list of runs, for whoever has read it before. It is known by one console until it ends. */
export class ShelfChanges {
  readonly #begun = randomUUID()
  readonly #most: number
  readonly #changed = new Map<string, number>()
  #gone: readonly { readonly id: string; readonly at: number }[] = []
  #count = 0
  /** What was gone before this change is no longer known. */
  #oldest = 0

  constructor(most = MOST_GONE) {
    this.#most = most
  }

  /** Stands for the list as it is now. */
  get version(): string {
    return `${this.#begun}.${this.#count}`
  }

  change(id: string): void {
    this.#changed.set(id, ++this.#count)
  }

  remove(id: string): void {
    this.#changed.delete(id)
    this.#gone = [...this.#gone, { id, at: ++this.#count }]
    if (this.#gone.length <= this.#most) return
    this.#oldest = this.#gone[0]?.at ?? 0
    this.#gone = this.#gone.slice(1)
  }

  /** What has changed since a version; undefined where nobody knows any more, or another console gave it. */
  since(version: string): Changed | undefined {
    const [begun, count] = version.split('.')
    const at = Number(count)
    if (begun !== this.#begun || !Number.isSafeInteger(at) || at < this.#oldest || at > this.#count) return undefined
    const runs = new Set([...this.#changed].flatMap(([id, changed]) => (changed > at ? [id] : [])))
    return { runs, gone: this.#gone.flatMap((one) => (one.at > at && !runs.has(one.id) ? [one.id] : [])) }
  }
}
