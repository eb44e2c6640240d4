import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Problem } from '../../../shared/contracts/problem.ts'
import { entriesIn } from '../../../shared/machine-room/read-journals.ts'
import type { Overrides } from '../../../shared/scenario/plan.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import type { Outcome } from '../../../shared/trace/outcome.ts'
import type { Verdict } from '../../../shared/trace/verdict.ts'
import type { Report } from '../report.ts'
import type { StoryName } from '../stories.ts'

/** A run as the list of runs has it. */
export interface RunSummary {
  readonly id: string
  /** The machine it had to itself. */
  readonly machine: string
  /** The title of its scenario. */
  readonly name: string
  /** Absent when it was a scenario of the caller's. */
  readonly story?: StoryName
  readonly state: 'running' | 'ended' | 'failed'
  /** How it ended, or why it did not come to an end. */
  readonly sentence?: string
  readonly cell?: Verdict
  readonly outcome?: Outcome
  /** Of its first VM; absent where it has none. */
  readonly vmm?: string
  readonly policy?: string
  /** The host's kernel. */
  readonly linux: string
  /** Those of its guests, where they are others than the host's. */
  readonly guestLinux?: string
  /** The same of runs that differ by VMM or policy alone; absent of those that an older console kept. */
  readonly fault?: string
  /** What was different from its scenario. */
  readonly setup: Overrides
  /** Absent where nothing was expected of it. */
  readonly expected?: { readonly met: boolean; readonly failures: number }
  /** Why it failed. */
  readonly problem?: Problem
  /** Its machine stayed when it was over. */
  readonly keeps: boolean
  /** ISO 8601. */
  readonly started: string
  readonly durationMs?: number
  /** Entries of its journal; 0 while it runs. */
  readonly entries: number
}

/** What is kept of a run beside its summary. */
export interface RunDetails {
  /** The scenario as it was given, in YAML. */
  readonly scenario: string
  /** Absent of a run that did not come to an end, as is the text. */
  readonly report?: Report
  /** The report for people. */
  readonly text?: string
}

/** What is kept of a run as it is kept: gzip of JSON and of NDJSON. */
export interface Packed {
  readonly details: Uint8Array
  readonly journal: Uint8Array
}

const [pack, unpack] = [promisify(gzip), promisify(gunzip)]
/** Fast: what is the same in every line is found at any level. */
const LEVEL = { level: 3 }

export async function packed(details: RunDetails, journal: readonly WireEntry[]): Promise<Packed> {
  const [one, other] = await Promise.all([pack(JSON.stringify(details), LEVEL), packedJournal(journal)])
  return { details: one, journal: other }
}

export const packedJournal = (journal: readonly WireEntry[]): Promise<Uint8Array> =>
  pack(journal.map((entry) => `${JSON.stringify(entry)}\n`).join(''), LEVEL)

export async function detailsOf({ details }: Packed): Promise<RunDetails> {
  return JSON.parse((await unpack(details)).toString()) as RunDetails
}

/** Its entries in causal order. */
export async function journalOf({ journal }: Packed): Promise<readonly WireEntry[]> {
  return entriesIn((await unpack(journal)).toString())
}
