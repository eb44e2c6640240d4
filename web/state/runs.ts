import { signal } from '@preact/signals'
import { isUnreachable, Refused } from '../data/api.ts'
import { listRuns, type RunSummary } from '../data/runs.ts'
import { changedList } from '../model/run-list.ts'

export const runs = signal<readonly RunSummary[] | undefined>(undefined)
/** Whether the console answers. */
export const reach = signal<'unknown' | 'live' | 'offline'>('unknown')
/** Why the list cannot be had although the console answers. */
export const listTrouble = signal<string | undefined>(undefined)

/** Grows each time that the console has been asked, whether or not something has changed. */
export const looked = signal(0)

const EVERY_MS = 2000
let timer: ReturnType<typeof setTimeout> | undefined
/** What stands for the list that is here. */
let version: string | undefined
let asking: Promise<void> | undefined

/** Asks for what has changed; whoever comes meanwhile waits for the next answer. */
export async function refreshRuns(): Promise<void> {
  const before = asking
  const now = (async () => {
    await before
    await readChanges()
  })()
  asking = now
  await now
  if (asking === now) asking = undefined
}

async function readChanges(): Promise<void> {
  try {
    const list = await listRuns(version)
    if (list.gone === undefined) runs.value = list.runs
    else runs.value = changedList(runs.value ?? [], list.runs, list.gone)
    version = list.version
    reach.value = 'live'
    listTrouble.value = undefined
  } catch (error) {
    if (isUnreachable(error)) reach.value = 'offline'
    // A run by which the list was read on is gone: it is read from its beginning.
    else if (error instanceof Refused && error.status === NOT_FOUND) version = undefined
    else listTrouble.value = (error as Error).message
  }
  looked.value++
}

const NOT_FOUND = 404

/** Keeps the list as it is at the console, while somebody looks. */
export function keepRuns(): void {
  const again = async () => {
    if (document.visibilityState === 'visible') await refreshRuns()
    timer = setTimeout(() => void again(), EVERY_MS)
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return
    clearTimeout(timer)
    void again()
  })
  void again()
}
