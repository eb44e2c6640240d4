import { ProblemError } from '../contracts/problem.ts'
import type { WireEntry } from '../trace/entry.ts'
import { counted } from '../transport/epochs.ts'
import { HEADER, NOT_OFFERED } from '../transport/headers.ts'
import { whyUnreached } from '../transport/why-unreached.ts'

/** What is read of journals, and how. */
export interface Reading {
  /** Only what happened on this machine. */
  readonly machine?: string | undefined
  /** Makes the requests; by default each is made once. */
  readonly fetch?: typeof globalThis.fetch
}

/** A service's whole journal so far; nothing when it keeps none. Throws ProblemError when nobody answers there. */
export async function readJournal(url: string, reading: Reading = {}): Promise<readonly WireEntry[]> {
  return (await readDated(url, reading)).entries
}

/** The journals of several services, their times counted from one moment: the earliest of their epochs. */
export async function readJournals(
  urls: readonly string[],
  reading: Reading = {}
): Promise<readonly (readonly WireEntry[])[]> {
  const journals = await Promise.all(urls.map((url) => readDated(url, reading)))
  const earliest = earliestOf(journals.map(({ epochMs }) => epochMs))
  return journals.map(({ epochMs, entries }) => entries.map(counted(epochMs, earliest)))
}

/** The earliest moment that one of these journals counts its times from, in ms since 1970; undefined when none says. */
export async function earliestEpoch(
  urls: readonly string[],
  signal: AbortSignal,
  fetch = globalThis.fetch
): Promise<number | undefined> {
  const epochOf = async (url: string) => {
    try {
      const response = await fetch(`${url}/v1/journal?limit=1`, { signal })
      await response.body?.cancel()
      return epochMsOf(response)
    } catch {
      // It is not there yet, and will be followed when it is.
      return undefined
    }
  }
  return earliestOf(await Promise.all(urls.map(epochOf)))
}

/** Throws ProblemError when nobody answers there. */
export async function reach(url: string, path: string, init: RequestInit, by: typeof fetch): Promise<Response> {
  try {
    return await by(url + path, init)
  } catch (error) {
    throw new ProblemError('neighbour-unreachable', `${url}: ${whyUnreached(error)}`)
  }
}

interface Dated {
  readonly epochMs: number | undefined
  readonly entries: readonly WireEntry[]
}

async function readDated(url: string, { machine, fetch = globalThis.fetch }: Reading): Promise<Dated> {
  const none: Dated = { epochMs: undefined, entries: [] }
  const response = await reach(url, `/v1/journal?${queryOf({ machine })}`, { method: 'GET' }, fetch)
  if (NOT_OFFERED.has(response.status)) return none
  if (!response.ok) throw new ProblemError('neighbour-refused', `${url}/v1/journal answers ${response.status}`)
  if (!isJournal(response)) return none
  const entries = entriesIn(await response.text())
  return { epochMs: epochMsOf(response), entries: entries.filter((entry) => isOf(entry, machine)) }
}

/** The entries of a text of NDJSON. */
export function entriesIn(text: string): readonly WireEntry[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as WireEntry)
}

type QueryValue = string | number | boolean | readonly string[] | undefined

/** A query, in which several values of a field stand with commas between them. */
export function queryOf(query: Readonly<{ [Name in string]?: QueryValue }>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
}

/** Asked for one machine, someone else's service may give them all. A gap may be of any. */
const isOf = ({ machine, kind }: WireEntry, asked: string | undefined) =>
  asked === undefined || machine === asked || (kind === 'gap' && machine === '')

/** Someone else's service may answer anything to a question that is not its own. */
export const isJournal = (response: Response) =>
  response.headers.get('content-type')?.startsWith('application/x-ndjson') === true

/** The moment that a journal counts its times from, in ms since 1970, if it says so. */
export function epochMsOf(response: Response): number | undefined {
  const epoch = response.headers.get(HEADER.epoch)
  return epoch === null ? undefined : Number(epoch)
}

/** The earliest of those that are known. */
export const earliestOf = (epochs: readonly (number | undefined)[]): number | undefined =>
  epochs.reduce((first, epoch) => (first === undefined || (epoch ?? first) < first ? epoch : first), undefined)
