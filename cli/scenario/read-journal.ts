import { RUN_ELEMENT } from '../../shared/drawing/one-file.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { nameOf, readText } from '../bytes/read-bytes.ts'
import { UsageError } from '../command.ts'

/** A run as somebody wrote it to a file. */
export interface WrittenRun {
  readonly journal: readonly WireEntry[]
  /** Absent where only its journal was written. */
  readonly title?: string
  /** How many further runs the file has. */
  readonly further: number
}

/** The journal in a file, or on standard input, as `readRun` finds it. Throws UsageError for what has none. */
export const readJournal = (file?: string): readonly WireEntry[] => readRun(file).journal

/**
 * The run in a file, or on standard input: what `run --format json` wrote (the first run of it), the page with a run in it, what
 * the console gives of a run, or a journal line by line. Throws UsageError for what is none of these.
 */
export const readRun = (file?: string): WrittenRun => runIn(readText(file), nameOf(file))

/** The same of a text; `from` is what it is called in a message. */
export function runIn(text: string, from: string): WrittenRun {
  const page = carriedBy(text)
  const whole = parsed(page ?? text)
  const [run, ...more] = Array.isArray(whole) ? (whole as readonly unknown[]) : [whole]
  if (isObject(run) && Array.isArray(run['journal'])) {
    const journal = entries(run['journal'])
    if (journal !== undefined) return { journal, ...titleOf(run), further: more.length }
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const journal = lines.length === 0 || page !== undefined ? undefined : entries(lines.map(parsed))
  if (journal !== undefined) return { journal, further: 0 }
  if (isObject(run) && isObject(run['report'])) {
    throw new UsageError(
      `${from} has what came of a run and not its journal, which is at /v1/runs/${String(run['id'])}/journal`
    )
  }
  throw new UsageError(`${from} is no run and no journal`)
}

const ELEMENT = new RegExp(`<script type="application/json" id="${RUN_ELEMENT}">([^<]*)</script>`)

/** The run that a page carries, as JSON. */
const carriedBy = (text: string): string | undefined => ELEMENT.exec(text)?.[1]

function titleOf({ title, summary }: Readonly<Record<string, unknown>>): Pick<WrittenRun, 'title'> {
  const name = typeof title === 'string' ? title : isObject(summary) ? summary['name'] : undefined
  return typeof name === 'string' ? { title: name } : {}
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
