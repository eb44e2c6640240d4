import type { Failure } from '../../shared/scenario/check-expectation.ts'
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
  /** Those of its guests, where they are others than the host's. */
  readonly guestLinux?: string
  /** The same of runs that differ by VMM or policy alone. */
  readonly fault?: string
  /** Absent where nothing was expected of it. */
  readonly expected?: { readonly met: boolean; readonly failures: number }
  /** Of one run alone, where it came to its end. */
  readonly report?: { readonly failures?: readonly Failure[] }
  /** ISO 8601. */
  readonly started: string
  readonly durationMs?: number
  /** No service ran it: its time is that of the model alone. */
  readonly hasVirtualTime?: true
  readonly entries: number
}

const PAGE = 200

/** The list of runs as the console gives it: all of it, or with `gone` what has changed. */
export interface RunList {
  readonly runs: readonly RunSummary[]
  readonly gone?: readonly string[]
  readonly version: string
}

const listOf = (query: string) => askJson<RunList>(`/v1/runs?limit=${PAGE}${query}`)

/** All runs that the console keeps, newest first; where a list is known by its version, what has changed of it. */
export async function listRuns(version?: string): Promise<RunList> {
  const first = await listOf(version === undefined ? '' : `&since=${encodeURIComponent(version)}`)
  if (first.gone !== undefined) return first
  const runs = [...first.runs]
  for (let some = first.runs; some.length === PAGE;) {
    const { runs: more } = await listOf(`&before=${encodeURIComponent(runs.at(-1)?.id ?? '')}`)
    runs.push(...more)
    some = more
  }
  // What has changed since the first part was read is asked for the next time.
  return { runs, version: first.version }
}

const pathOf = (id: string) => `/v1/runs/${encodeURIComponent(id)}`

export const readRun = (id: string): Promise<RunSummary> => askJson<RunSummary>(pathOf(id))

/** Takes a run off the console. Throws Refused, as for one that is still running. */
export async function deleteRun(id: string): Promise<void> {
  await ask(pathOf(id), { method: 'DELETE' })
}

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
