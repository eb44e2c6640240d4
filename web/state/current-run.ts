import { signal } from '@preact/signals'
import { isUnreachable, Refused } from '../data/api.ts'
import { journalOf, readRun } from '../data/runs.ts'
import { OpenRun } from './open-run.ts'
import { reach } from './runs.ts'

/** The run that is looked at, or was looked at last. */
export const currentRun = signal<OpenRun | undefined>(undefined)

const AGAIN_MS = 1000
const NO_LONGER_KEPT = 410
const NOT_FOUND = 404
let abort = new AbortController()

/** Opens a run, unless it is the one that is open. */
export function openRun(id: string): OpenRun {
  const there = currentRun.peek()
  if (there !== undefined && (IS_ALONE || there.id === id)) return there
  abort.abort()
  abort = new AbortController()
  const run = new OpenRun(id)
  currentRun.value = run
  void follow(run, abort.signal)
  return run
}

/** Reads the journal to its end. Where the console goes away it is asked again, and what came already is left out. */
async function follow(run: OpenRun, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      run.summary.value = await readRun(run.id)
      let skip = run.model.length
      if (run.status.value !== 'live') run.status.value = skip > 0 ? 'live' : 'loading'
      for await (const entries of journalOf(run.id, signal)) {
        reach.value = 'live'
        run.append(entries.slice(skip))
        skip = Math.max(0, skip - entries.length)
        if (run.status.value !== 'live') run.status.value = 'live'
      }
      run.summary.value = await readRun(run.id)
      if (run.summary.value.state !== 'running') {
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

const moment = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS))

function settle(run: OpenRun, error: unknown): void {
  const status = error instanceof Refused ? error.status : 0
  if (status === NOT_FOUND) run.status.value = run.summary.value === undefined ? 'unknown' : 'lost'
  else if (status === NO_LONGER_KEPT) run.status.value = 'lost'
  else {
    run.trouble.value = (error as Error).message
    run.status.value = 'failed'
  }
}
