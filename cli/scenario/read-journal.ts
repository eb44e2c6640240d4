import type { WireEntry } from '../../shared/trace/entry.ts'
import { nameOf, readText } from '../bytes/read-bytes.ts'
import { UsageError } from '../command.ts'

/**
 * The journal in a file, or on standard input: what `run --format json` wrote (the first run of it), what the console gives of
 * a run, or a journal line by line. Throws UsageError for what is none of these.
 */
export function readJournal(file?: string): readonly WireEntry[] {
  const journal = journalIn(readText(file))
  if (journal === undefined) throw new UsageError(`${nameOf(file)} is no run and no journal`)
  return journal
}

function journalIn(text: string): readonly WireEntry[] | undefined {
  const whole = parsed(text)
  const run: unknown = Array.isArray(whole) ? whole[0] : whole
  if (isObject(run) && Array.isArray(run['journal'])) return entries(run['journal'])
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.length === 0 ? undefined : entries(lines.map(parsed))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What every entry has, whoever wrote it. */
const isEntry = (value: unknown): value is WireEntry =>
  isObject(value) &&
  typeof value['type'] === 'string' &&
  typeof value['layer'] === 'string' &&
  typeof value['kind'] === 'string'

const entries = (values: readonly unknown[]): readonly WireEntry[] | undefined =>
  values.every(isEntry) ? values : undefined
