import { ProblemError } from '../../../shared/contracts/problem.ts'
import type { TraceContext } from '../../../shared/contracts/trace-context.ts'
import { storageProblem } from '../../../shared/engine/storage-problem.ts'
import { systemOfServices } from '../../../shared/machine-room/over-http.ts'
import type { SpanExport } from '../../../shared/service/watching/span-export.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import type { LayerUrls } from '../layer-urls.ts'
import { deleteEverywhere, stillThere } from '../machines.ts'
import { RunGuard } from './guard.ts'
import { packed, packedJournal, type RunSummary } from './kept-run.ts'
import type { Leftovers } from './leftovers.ts'
import type { RunLimits } from './limits.ts'
import { endOf, partsOf, patienceFor, play, type Told } from './play.ts'
import type { Run } from './request.ts'
import { RunTrace } from './run-trace.ts'
import type { Shelf } from './shelf.ts'

export interface RunsPorts {
  readonly layers: LayerUrls
  readonly newMachine: () => string
  readonly limits: RunLimits
  /** How the services are asked. */
  readonly fetch: typeof globalThis.fetch
  /** Where the spans of runs go, if anywhere. */
  readonly spans?: SpanExport | undefined
  readonly shelf: Shelf
  readonly leftovers: Leftovers
  /** Says what went wrong within the console, and while it did what. */
  readonly fault: (error: unknown, what: string) => void
}

/** A run that has begun. */
export interface Begun {
  readonly id: string
  readonly machine: string
  /** What came of it, once all is tidied up. Throws ProblemError as the run failed. */
  readonly done: Promise<Told>
  /** Its whole journal, as soon as nothing more comes and while its machine is still there; never throws. */
  readonly over: Promise<readonly WireEntry[]>
  /** It is not to go on. */
  readonly end: (why: ProblemError) => void
}

/** What is read of a run that did not come to its end is not waited for any longer. */
const LAST_WORDS_MS = 5000

/** Runs scenarios on machines of their own against the services that are there, and keeps what came of them. */
export class Runs {
  readonly #ports: RunsPorts
  readonly #guard: RunGuard
  readonly #underWay = new Map<string, Begun>()
  readonly #machines = new Set<string>()
  readonly #closing = new AbortController()
  #tidying: Promise<void> = Promise.resolve()

  constructor(ports: RunsPorts) {
    this.#ports = ports
    this.#guard = new RunGuard(ports)
  }

  /** Begins a run, or throws ProblemError for why not: then nothing has been made for it. */
  async begin(run: Run, given: TraceContext | undefined): Promise<Begun> {
    const { newMachine } = this.#ports
    const waitsMs = patienceFor(run.scenario)
    const id = newMachine()
    const machine = run.machine ?? id
    if (this.#machines.has(machine)) throw taken(`a run has the machine ${machine}`)
    if (this.#ports.leftovers.has(machine))
      throw taken(`the machine ${machine} of an earlier run is not deleted everywhere yet`)
    this.#guard.enter()
    this.#machines.add(machine)
    try {
      const trace = new RunTrace(machine, given)
      if (run.machine !== undefined) await requireNew(machine, this.#ports.layers, trace.fetch(this.#ports.fetch))
      const summary: RunSummary = {
        id,
        machine,
        ...partsOf(run),
        state: 'running',
        keeps: run.keep,
        started: new Date().toISOString(),
        entries: 0
      }
      const kept = await packed({ scenario: run.text }, [])
      this.#written(() => this.#ports.shelf.put(summary, kept))
      return this.#started(run, summary, { trace, waitsMs })
    } catch (error) {
      this.#leave(machine)
      throw error
    }
  }

  /** A run that is not over, or not tidied up yet. */
  underWay(id: string): Begun | undefined {
    return this.#underWay.get(id)
  }

  /** Forgets a run with all that was made for it; one that is under way ends first. False when there is none. */
  async delete(id: string): Promise<boolean> {
    const { shelf, layers, fetch } = this.#ports
    const begun = this.#underWay.get(id)
    if (begun !== undefined) {
      begun.end(new ProblemError('run-ended', `the run ${id} was deleted while it was under way`))
      await begun.done.catch(() => undefined)
    }
    const summary = shelf.summary(id)
    if (summary === undefined) return false
    const { machine } = summary
    // A run begins on a new machine: what has the name by now is the newest one's.
    const isIts = summary.keeps && shelf.summaries().find((run) => run.machine === machine)?.id === id
    this.#written(() => shelf.delete(id))
    if (!isIts || this.#machines.has(machine)) return true
    this.#machines.add(machine)
    try {
      await deleteEverywhere(layers, machine, fetch)
    } finally {
      this.#machines.delete(machine)
    }
    return true
  }

  /**
   * What was under way when the console ended before this one began has failed: as soon as what has happened in it has been
   * read, or cannot be, that is kept, and its machine is deleted.
   */
  tidyUp(): void {
    const left = this.#ports.shelf.summaries().filter(({ state }) => state === 'running')
    this.#tidying = Promise.all(left.map((summary) => this.#tidy(summary))).then(() => this.#ports.leftovers.tidy())
  }

  /** Ends all that is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    const all = [...this.#underWay.values()]
    for (const { end } of all)
      end(new ProblemError('shutting-down', 'the console was closed while the run was under way'))
    await Promise.allSettled([...all.map(({ done }) => done), this.#tidying])
    this.#ports.shelf.close()
  }

  async #tidy(summary: RunSummary): Promise<void> {
    const { shelf, leftovers, fault } = this.#ports
    const { id, machine, keeps } = summary
    this.#machines.add(machine)
    const entries = await this.#lastWords(machine, this.#closing.signal)
    const journal = await packedJournal(entries)
    this.#machines.delete(machine)
    // Of what is not read by then the next console reads.
    if (this.#closing.signal.aborted) return
    const why = new ProblemError('shutting-down', 'console restarted').problem
    const failed = { ...summary, state: 'failed', sentence: why.detail, problem: why, entries: entries.length } as const
    try {
      // Somebody may have deleted it meanwhile.
      const kept = shelf.summary(id) === undefined ? undefined : shelf.read(id)
      if (kept !== undefined) shelf.put(failed, { ...kept, journal })
    } catch (error) {
      // A full disk keeps no console from starting; what it says of the run is found again then.
      fault(error, `keeping that run ${id} has failed`)
    }
    if (!keeps) leftovers.add(machine)
  }

  #started(run: Run, summary: RunSummary, more: { readonly trace: RunTrace; readonly waitsMs: number }): Begun {
    const { id, machine } = summary
    const end = new AbortController()
    const over = Promise.withResolvers<readonly WireEntry[]>()
    const done = this.#conduct(run, summary, { ...more, end, over: over.resolve })
    const begun = { id, machine, done, over: over.promise, end: (why: ProblemError) => end.abort(why) }
    this.#underWay.set(id, begun)
    // Whoever waits is told; what became of it is kept for those who do not.
    done.catch(() => undefined)
    return begun
  }

  async #conduct(
    run: Run,
    summary: RunSummary,
    how: {
      readonly trace: RunTrace
      readonly waitsMs: number
      readonly end: AbortController
      readonly over: (journal: readonly WireEntry[]) => void
    }
  ): Promise<Told> {
    const { layers, fetch, spans, leftovers } = this.#ports
    const { id, machine } = summary
    const since = performance.now()
    const inTrace = how.trace.fetch(fetch)
    const played = this.#guard.run({ machine, forget: !run.keep, ...how }, (signal) =>
      play(systemOfServices(layers, { fetch: inTrace, signal, settleMs: Infinity }), run, machine)
    )
    const ended = (more: Partial<RunSummary>): RunSummary => ({
      ...summary,
      ...more,
      durationMs: Math.round(performance.now() - since)
    })
    try {
      const told = await how.trace.run(spans, played)
      await this.#keep(ended({ state: 'ended', ...endOf(told) }), run, told)
      how.over(told.journal)
      return told
    } catch (error) {
      const failure = this.#failureOf(error, id)
      const journal = await this.#lastWords(machine)
      const why = failure.problem
      const end = ended({ state: 'failed', sentence: why.detail, problem: why, entries: journal.length })
      await this.#keep(end, run, { journal })
      how.over(journal)
      throw failure
    } finally {
      // A service that is down, or keeps machines for good, is not the run's affair.
      if (!run.keep && stillThere(await deleteEverywhere(layers, machine, fetch)).length > 0) leftovers.add(machine)
      this.#underWay.delete(id)
      this.#leave(machine)
    }
  }

  /** Throws ProblemError when a change cannot be kept. */
  #written(change: () => void): void {
    try {
      change()
    } catch (error) {
      const { code, detail } = storageProblem(error)
      throw new ProblemError(code, detail)
    }
  }

  #failureOf(error: unknown, id: string): ProblemError {
    if (error instanceof ProblemError) return error
    this.#ports.fault(error, `run ${id}`)
    return new ProblemError('model-fault', 'the console failed; its log says how')
  }

  /** What cannot be written is told to whoever waits all the same. */
  async #keep(summary: RunSummary, run: Run, told: Pick<Told, 'journal'> & Partial<Told>): Promise<void> {
    const { journal, ...more } = told
    try {
      this.#ports.shelf.put(summary, await packed({ scenario: run.text, ...more }, journal))
    } catch (error) {
      this.#ports.fault(error, `keeping what came of run ${summary.id}`)
    }
  }

  /** All that happened on the machine of a run that failed, as far as it can be read. */
  async #lastWords(machine: string, given?: AbortSignal): Promise<readonly WireEntry[]> {
    const { layers, fetch } = this.#ports
    const late = AbortSignal.timeout(LAST_WORDS_MS)
    const signal = given === undefined ? late : AbortSignal.any([late, given])
    try {
      return await systemOfServices(layers, { fetch, signal }).journal(machine)
    } catch {
      // That a service cannot be read is most likely what the run failed of, and is told so.
      return []
    }
  }

  #leave(machine: string): void {
    this.#machines.delete(machine)
    this.#guard.leave()
  }
}

const taken = (why: string) => new ProblemError('already-exists', why, { field: '/machine' })

/** A service that does not say by then whether it has a machine is found out when the machine is made there. */
const LOOK_MS = 5000

/** A scenario is run on a machine that nothing has happened to yet. */
async function requireNew(machine: string, layers: LayerUrls, fetch: typeof globalThis.fetch): Promise<void> {
  const answers = await Promise.all(
    Object.entries(layers).map(async ([layer, url]) => {
      const signal = AbortSignal.timeout(LOOK_MS)
      const response = await fetch(`${url}/v1/machines/${machine}`, { signal }).catch(() => undefined)
      await response?.body?.cancel()
      return response?.ok === true ? layer : undefined
    })
  )
  const known = answers.find((layer) => layer !== undefined)
  if (known !== undefined) throw taken(`${known} has a machine ${machine} already`)
}
