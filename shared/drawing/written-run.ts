import type { WireEntry } from '../trace/entry.ts'
import { RUN_ELEMENT } from './one-file.ts'

/** A run as somebody wrote it to a file. */
export interface WrittenRun {
  readonly journal: readonly WireEntry[]
  /** Absent where only its journal was written. */
  readonly title?: string
  /** How many further runs the text has. */
  readonly further: number
}

/** What came of a run, without its journal: where a console has that. */
export interface WrittenReport {
  readonly journalAt: string
}

/** The element of a page in which a run stands. */
const ELEMENT = new RegExp(`<script type="application/json" id="${RUN_ELEMENT}">([^<]*)</script>`)

/**
 * The run in a text: what `run --format json` writes (the first run of it), the page with a run in it, what the console gives of a
 * run, or a journal line by line. Undefined where it is none of these.
 */
export function writtenRun(text: string): WrittenRun | WrittenReport | undefined {
  const page = ELEMENT.exec(text)?.[1]
  const whole = parsed(page ?? text)
  const [run, ...more] = Array.isArray(whole) ? (whole as readonly unknown[]) : [whole]
  if (isObject(run) && Array.isArray(run['journal'])) {
    const journal = entries(run['journal'])
    if (journal !== undefined) return { journal, ...titleOf(run), further: more.length }
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const journal = lines.length === 0 || page !== undefined ? undefined : entries(lines.map(parsed))
  if (journal !== undefined) return { journal, further: 0 }
  const isReport = isObject(run) && isObject(run['report']) && typeof run['id'] === 'string'
  return isReport ? { journalAt: `/v1/runs/${String(run['id'])}/journal` } : undefined
}

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
