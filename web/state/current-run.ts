import { effect, signal } from '@preact/signals'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { isUnreachable, Refused } from '../data/api.ts'
import { gathered } from '../data/gathered.ts'
import { journalOfMachine, requireMachine } from '../data/machines.ts'
import { journalOf, readRun } from '../data/runs.ts'
import { nextTask } from './next-task.ts'
import { OpenRun } from './open-run.ts'
import { looked, reach, runs } from './runs.ts'

/** The run that is looked at, or was looked at last. */
export const currentRun = signal<OpenRun | undefined>(undefined)

const AGAIN_MS = 1000
const NO_LONGER_KEPT = 410
const NOT_FOUND = 404
let abort = new AbortController()

/** Opens a run, unless it is the one that is open. */
export const openRun = (id: string): OpenRun => open(id, 'run')

/** Opens a machine: all that has happened on it, and what happens from now on. */
export const openMachine = (name: string): OpenRun => open(name, 'machine')

function open(id: string, kind: OpenRun['kind']): OpenRun {
  const there = currentRun.peek()
  if (there !== undefined && (IS_ALONE || (there.id === id && there.kind === kind))) return there
  abort.abort()
  abort = new AbortController()
  const run = new OpenRun(id, kind)
  currentRun.value = run
  void follow(run, abort.signal)
  return run
}

/** Reads the journal to its end. Where the console goes away it is asked again, and what came already is left out. */
export async function follow(run: OpenRun, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await readSummary(run)
      await readEntries(run, signal)
      await readSummary(run)
      if (run.kind === 'run' && run.summary.value?.state !== 'running') {
        run.status.value = run.model.length === 0 ? 'lost' : 'ended'
        return
      }
      await moment()
    } catch (error) {
      if (signal.aborted) return
      if (!isUnreachable(error)) return settle(run, error)
      run.status.value = 'offline'
      reach.value = 'offline'
      await moment()
    }
  }
}

/** Sees whether the run that is looked at has been deleted, whenever the list has been asked for; called once. */
export function noticeDeletion(): void {
  effect(() => {
    void looked.value
    const run = currentRun.peek()
    const isListed = runs.peek()?.some(({ id }) => id === run?.id) ?? true
    if (run === undefined || run.kind !== 'run' || run.status.peek() !== 'ended' || isListed) return
    if (reach.peek() === 'live' && !run.isDeleted.peek()) void lookWhether(run)
  })
}

async function lookWhether(run: OpenRun): Promise<void> {
  try {
    await readRun(run.id)
  } catch (error) {
    // Where the console does not answer, it is looked again with the next list.
    const status = error instanceof Refused ? error.status : 0
    run.isDeleted.value = status === NOT_FOUND || status === NO_LONGER_KEPT
  }
}

async function readEntries(run: OpenRun, signal: AbortSignal): Promise<void> {
  run.status.value = run.model.length > 0 || run.kind === 'machine' ? 'live' : 'loading'
  for await (const entries of gathered(journal(run, signal), nextTask)) {
    reach.value = 'live'
    // A journal that is read again may have entries that nothing ties in another order.
    run.append(entries.filter((entry) => !run.model.has(entry)))
    run.status.value = 'live'
  }
}

function journal({ id, kind }: OpenRun, signal: AbortSignal): AsyncIterable<readonly WireEntry[]> {
  return kind === 'run' ? journalOf(id, signal) : journalOfMachine(id, signal)
}

/** How the run is by now. Throws Refused where there is none. */
async function readSummary(run: OpenRun): Promise<void> {
  if (run.kind === 'run') run.summary.value = await readRun(run.id)
  else await requireMachine(run.id)
}

const moment = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS))

function settle(run: OpenRun, error: unknown): void {
  const status = error instanceof Refused ? error.status : 0
  if (status === NOT_FOUND)
    run.status.value = run.model.length === 0 && run.summary.value === undefined ? 'unknown' : 'lost'
  else if (status === NO_LONGER_KEPT) run.status.value = 'lost'
  else {
    run.trouble.value = (error as Error).message
    run.status.value = 'failed'
  }
}
