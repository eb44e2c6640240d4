import type { Packed, RunSummary } from './kept-run.ts'
import { ShelfChanges } from './shelf-changes.ts'

/** How much is kept of runs that are over. */
export interface ShelfBounds {
  /** Runs, those under way among them. */
  readonly runs: number
  /** Bytes of their reports and journals as they are kept. */
  readonly bytes: number
}

/** Where runs are kept: in this process, or in a file that outlives it. */
export interface RunFile {
  /** What is there, in the order in which the runs began. */
  readonly kept: readonly { readonly summary: RunSummary; readonly bytes: number }[]
  /** Writes a run, new or as it is by now, and takes others out, or does neither and throws. */
  write(run: { readonly summary: RunSummary; readonly packed: Packed } | undefined, gone: readonly string[]): void
  read(id: string): Packed | undefined
  close(): void
}

/** A file that ends with the process. */
export function memoryRunFile(): RunFile {
  const runs = new Map<string, Packed>()
  return {
    kept: [],
    write(run, gone) {
      if (run !== undefined) runs.set(run.summary.id, run.packed)
      for (const id of gone) runs.delete(id)
    },
    read: (id) => runs.get(id),
    close: () => runs.clear()
  }
}

/** What is kept of a run whose report alone is over the bound. */
const NOTHING: Packed = { details: new Uint8Array(), journal: new Uint8Array() }
export const isEmpty = ({ details }: Packed): boolean => details.length === 0

const bytesOf = ({ details, journal }: Packed) => details.length + journal.length

/** The runs that are kept, so many and so many bytes: the oldest that is over gives way. */
export class Shelf {
  readonly changes = new ShelfChanges()
  readonly #file: RunFile
  readonly #bounds: ShelfBounds
  /** In the order in which they began. */
  readonly #runs = new Map<string, { readonly summary: RunSummary; readonly bytes: number }>()
  #bytes = 0

  constructor(file: RunFile, bounds: ShelfBounds) {
    this.#file = file
    this.#bounds = bounds
    for (const run of file.kept) {
      this.#runs.set(run.summary.id, run)
      this.#bytes += run.bytes
    }
    const gone = this.#over()
    if (gone.length > 0) this.#write(undefined, gone)
  }

  /** Keeps a run, or what has become of it. Throws what the file throws; then all is as it was. */
  put(summary: RunSummary, packed: Packed): void {
    const [bytes, kept] = bytesOf(packed) > this.#bounds.bytes ? [0, NOTHING] : [bytesOf(packed), packed]
    const before = this.#runs.get(summary.id)
    this.#set(summary, bytes)
    try {
      this.#write({ summary, packed: kept }, this.#over(summary.id))
      this.changes.change(summary.id)
    } catch (error) {
      if (before === undefined) this.#forget(summary.id)
      else this.#set(before.summary, before.bytes)
      throw error
    }
  }

  /** Takes a run out; false when there is none. Throws what the file throws. */
  delete(id: string): boolean {
    if (!this.#runs.has(id)) return false
    this.#write(undefined, [id])
    return true
  }

  summary(id: string): RunSummary | undefined {
    return this.#runs.get(id)?.summary
  }

  /** What is kept of a run that there is. Throws what the file throws. */
  read(id: string): Packed | undefined {
    return this.#file.read(id)
  }

  /** The newest first. */
  summaries(): readonly RunSummary[] {
    return [...this.#runs.values()].map(({ summary }) => summary).toReversed()
  }

  close(): void {
    this.#file.close()
  }

  #set(summary: RunSummary, bytes: number): void {
    this.#bytes += bytes - (this.#runs.get(summary.id)?.bytes ?? 0)
    this.#runs.set(summary.id, { summary, bytes })
  }

  #forget(id: string): void {
    this.#bytes -= this.#runs.get(id)?.bytes ?? 0
    this.#runs.delete(id)
  }

  #write(run: Parameters<RunFile['write']>[0], gone: readonly string[]): void {
    this.#file.write(run, gone)
    for (const id of gone) {
      this.#forget(id)
      this.changes.remove(id)
    }
  }

  /** Those that give way: the oldest that are over, and not the one that is being put. */
  #over(newest?: string): readonly string[] {
    let [runs, bytes] = [this.#runs.size, this.#bytes]
    const gone: string[] = []
    for (const [id, run] of this.#runs) {
      if (runs <= this.#bounds.runs && bytes <= this.#bounds.bytes) break
      if (id === newest || run.summary.state === 'running') continue
      gone.push(id)
      runs--
      bytes -= run.bytes
    }
    return gone
  }
}
