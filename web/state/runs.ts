import { signal } from '@preact/signals'
import { isUnreachable } from '../data/api.ts'
import { listRuns, type RunSummary } from '../data/runs.ts'

export const runs = signal<readonly RunSummary[] | undefined>(undefined)
/** Whether the console answers. */
export const reach = signal<'unknown' | 'live' | 'offline'>('unknown')
/** Why the list cannot be had although the console answers. */
export const listTrouble = signal<string | undefined>(undefined)

const EVERY_MS = 2000
let timer: ReturnType<typeof setTimeout> | undefined

export async function refreshRuns(): Promise<void> {
  try {
    runs.value = await listRuns()
    reach.value = 'live'
    listTrouble.value = undefined
  } catch (error) {
    if (isUnreachable(error)) reach.value = 'offline'
    else listTrouble.value = (error as Error).message
  }
}

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
