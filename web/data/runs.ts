import type { Outcome } from '../../shared/trace/outcome.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { ask, askJson, linesOf } from './api.ts'

/** A run as the list has it. */
export interface RunSummary {
  readonly id: string
  readonly machine: string
  /** The title of its scenario. */
  readonly name: string
  readonly story?: string
  readonly state: 'running' | 'ended' | 'failed'
  /** What became of it, or why it did not come to an end. */
  readonly sentence?: string
  readonly cell?: string
  readonly outcome?: Outcome
  readonly vmm?: string
  readonly policy?: string
  readonly linux?: string
  /** Absent where nothing was expected of it. */
  readonly expected?: { readonly met: boolean; readonly failures: number }
  /** ISO 8601. */
  readonly started: string
  readonly durationMs?: number
  readonly entries: number
}

const PAGE = 200

/** All runs that the console keeps, newest first. */
export async function listRuns(): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = []
  for (;;) {
    const before = runs.at(-1)?.id
    const query = before === undefined ? '' : `&before=${encodeURIComponent(before)}`
    const { runs: some } = await askJson<{ readonly runs: readonly RunSummary[] }>(`/v1/runs?limit=${PAGE}${query}`)
    runs.push(...some)
    if (some.length < PAGE) return runs
  }
}

const pathOf = (id: string) => `/v1/runs/${encodeURIComponent(id)}`

export const readRun = (id: string): Promise<RunSummary> => askJson<RunSummary>(pathOf(id))

/** What is run: a built-in story, or a scenario as it stands or with something changed. */
export type RunRequest =
  | { readonly story: string }
  | { readonly scenario: unknown; readonly vmm?: string; readonly policy?: string; readonly exposeException?: true }

/** Starts a run, and does not wait for it; gives its id. */
export async function startRun(what: RunRequest): Promise<string> {
  const body = { type: 'application/json', text: JSON.stringify({ ...what, wait: false }) }
  const { id } = await askJson<{ readonly id: string }>('/v1/runs', { method: 'POST', body })
  return id
}

/** The journal of a run in causal order, from its beginning; it ends when the run has ended. */
export async function* journalOf(id: string, signal: AbortSignal): AsyncGenerator<readonly WireEntry[]> {
  const response = await ask(`${pathOf(id)}/journal?follow=yes`, { accept: 'application/x-ndjson', signal })
  yield* linesOf<WireEntry>(response)
}
