import type { WireEntry } from '../../shared/trace/entry.ts'
import { ask, askJson, linesOf } from './api.ts'

/** The console keeps no machines; every layer knows those that it takes part in. */
const LAYER = '/services/host-kernel'

/** The machines that there are. */
export async function listMachines(): Promise<readonly string[]> {
  const { machines } = await askJson<{ readonly machines: readonly string[] }>(`${LAYER}/v1/machines`)
  return machines
}

/** Throws Refused where there is no such machine. */
export async function requireMachine(name: string): Promise<void> {
  await ask(`${LAYER}/v1/machines/${encodeURIComponent(name)}`)
}

/** All that has happened on a machine, and then what happens, without an end. */
export async function* journalOfMachine(name: string, signal: AbortSignal): AsyncGenerator<readonly WireEntry[]> {
  const response = await ask(`/v1/journal?machine=${encodeURIComponent(name)}&follow=true`, {
    accept: 'application/x-ndjson',
    signal
  })
  yield* linesOf<WireEntry>(response)
}
