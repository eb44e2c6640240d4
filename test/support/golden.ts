import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { columnName, columnsOf, overridesOf } from '../../cli/scenario/matrix-runs.ts'
import { runAsFarAsItGoes, runInProcess } from '../../cli/scenario/in-process.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/** A journal in short: how many entries, and a hash over what each says. */
export type Golden = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The fields that make an entry what it is; what is derived from them for readers may be added without harm. */
const FIELDS = ['seq', 'time', 'machine', 'layer', 'kind', 'id', 'cause', 'type', 'from', 'to', 'data', 'fallback']

export function shortHash(journal: readonly WireEntry[]): string {
  const hash = createHash('sha256')
  for (const entry of journal) hash.update(`${JSON.stringify(entry, FIELDS_AND_DATA)}\n`)
  return `${journal.length} ${hash.digest('hex').slice(0, 16)}`
}

/** Leaves out of an entry what is none of its own fields, and nothing of its data. */
function FIELDS_AND_DATA(this: unknown, key: string, value: unknown): unknown {
  const isEntry = typeof this === 'object' && this !== null && 'layer' in this && 'kind' in this && 'seq' in this
  return isEntry && !FIELDS.includes(key) ? undefined : value
}

/**
 * The journals of every shipped scenario: as its file says (`file`), and in every column of the matrix. `look` is shown
 * each of them.
 */
export async function goldenOf(look: (journal: readonly WireEntry[]) => void = () => undefined): Promise<Golden> {
  const looked = (journal: readonly WireEntry[]): string => {
    look(journal)
    return shortHash(journal)
  }
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  const golden: Record<string, Record<string, string>> = {}
  for (const { file, scenario } of read.scenarios) {
    const hashes: Record<string, string> = { file: looked((await runInProcess(scenario)).journal) }
    for (const column of columnsOf()) {
      hashes[columnName(column)] = looked((await runAsFarAsItGoes(scenario, overridesOf(column))).journal)
    }
    golden[basename(file)] = hashes
  }
  return golden
}
