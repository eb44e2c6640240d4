import { ProblemError } from '../../../shared/contracts/problem.ts'
import { plainLine } from '../../../shared/contracts/plain-text.ts'
import { systemOfServices } from '../../../shared/machine-room/over-http.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import { mermaidOf } from '../../../shared/trace/mermaid.ts'
import { narrate } from '../../../shared/trace/narrate.ts'
import type { LayerUrls } from '../layer-urls.ts'
import type { Report } from '../report.ts'
import { detailsOf, journalOf, type Packed, type RunDetails, type RunSummary } from './kept-run.ts'
import { isEmpty, type Shelf } from './shelf.ts'

export interface RunReadingPorts {
  readonly shelf: Shelf
  readonly layers: LayerUrls
  readonly fetch: typeof globalThis.fetch
}

/** The list of runs, or what has changed about it. */
export interface RunList {
  /** The newest first. */
  readonly runs: readonly RunSummary[]
  /** Only where `runs` are those that are new or have changed: those that are no longer kept, by id. */
  readonly gone?: readonly string[]
  /** Stands for the list as it is, to ask for what changes from now on. */
  readonly version: string
}

/** A run as JSON: as the list has it, and what came of it where it came to an end. */
export type WholeRun = RunSummary & { readonly report?: Report }

/** Reads what is kept of runs; each throws ProblemError for one that there is not. */
export class RunReading {
  readonly #ports: RunReadingPorts

  constructor(ports: RunReadingPorts) {
    this.#ports = ports
  }

  /** So many of the runs, the newest first, that began before a given one. */
  list(limit: number, before: string | undefined): readonly RunSummary[] {
    const { shelf } = this.#ports
    if (before !== undefined) this.summary(before)
    const all = shelf.summaries()
    const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1
    return all.slice(from, from + limit)
  }

  /** Stands for the list as it is now, for `since`. */
  get version(): string {
    return this.#ports.shelf.changes.version
  }

  /** What has changed about the list since a version of it; undefined where that is not known, or is more than a limit. */
  since(version: string, limit: number): Pick<RunList, 'runs' | 'gone'> | undefined {
    const { shelf } = this.#ports
    const changed = shelf.changes.since(version)
    if (changed === undefined || changed.runs.size > limit) return undefined
    return { runs: shelf.summaries().filter(({ id }) => changed.runs.has(id)), gone: changed.gone }
  }

  summary(id: string): RunSummary {
    const summary = this.#ports.shelf.summary(id)
    if (summary === undefined) throw unknownRun(id)
    return summary
  }

  async whole(id: string): Promise<WholeRun> {
    const summary = this.summary(id)
    const { report } = (await this.#details(id)) ?? {}
    return report === undefined ? summary : { ...summary, report }
  }

  /** The report for people; of a run that did not come to an end what happened until then. */
  async text(id: string): Promise<string> {
    const { name, machine, state, sentence } = this.summary(id)
    const { text } = (await this.#details(id)) ?? {}
    if (text !== undefined) return text
    const told = narrate(await this.journal(id))
    const end = state === 'running' ? 'It is under way.' : plainLine(`It ${state}: ${sentence ?? ''}`)
    return [`${plainLine(name)} (machine ${machine})`, '', ...told, '', end, ''].join('\n')
  }

  async mermaid(id: string): Promise<string> {
    const { name } = this.summary(id)
    return `${mermaidOf({ title: name, journal: await this.journal(id) })}\n`
  }

  async scenario(id: string): Promise<string> {
    this.summary(id)
    const details = await this.#details(id)
    if (details === undefined) throw this.#tooLarge(id)
    return details.scenario
  }

  /** All that has happened so far, in causal order. */
  async journal(id: string): Promise<readonly WireEntry[]> {
    const { machine, state } = this.summary(id)
    const { layers, fetch } = this.#ports
    if (state === 'running') return systemOfServices(layers, { fetch }).journal(machine)
    const packed = this.#kept(id)
    if (packed === undefined) throw this.#tooLarge(id)
    return journalOf(packed)
  }

  async #details(id: string): Promise<RunDetails | undefined> {
    const packed = this.#kept(id)
    return packed === undefined ? undefined : detailsOf(packed)
  }

  #kept(id: string): Packed | undefined {
    const packed = this.#ports.shelf.read(id)
    return packed === undefined || isEmpty(packed) ? undefined : packed
  }

  #tooLarge(id: string): ProblemError {
    return new ProblemError('journal-incomplete', `the run ${id} was larger than all that may be kept of runs`)
  }
}

export const unknownRun = (id: string): ProblemError =>
  new ProblemError('run-unknown', `there is no run ${JSON.stringify(id.slice(0, 80))}`)
