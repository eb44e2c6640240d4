import { plainLine } from '../../shared/contracts/plain-text.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { UsageError, type Done } from '../command.ts'
import { knownKernel } from '../known-names.ts'
import type { ComparedValue } from '../replay/compared-value.ts'
import { compareRows } from '../replay/rasdaemon/compare-rows.ts'
import { predictedRows, type Whose } from '../replay/rasdaemon/predicted-rows.ts'
import { readDatabase, type Recorded } from '../replay/rasdaemon/read-database.ts'
import { verdictLines } from '../replay/report.ts'
import { runInProcess } from '../scenario/in-process.ts'
import { readJournal } from '../scenario/read-journal.ts'
import { shippedPath } from '../scenario/files.ts'
import { readScenarioFile } from '../scenario/run-file.ts'

export interface RasdaemonOptions {
  readonly database: string
  /** A scenario, or the journal of a run. */
  readonly run: string
  /** The VM whose guest rasdaemon ran in; absent on the host. */
  readonly vm: string | undefined
  readonly linux: string | undefined
  readonly json: boolean
}

/**
 * Holds the tracepoints of a run against what rasdaemon has recorded. Throws UsageError for what cannot be read; the exit code
 * is 1 when anything differs.
 */
export async function replayRasdaemon(options: RasdaemonOptions): Promise<Done> {
  const { database, run, vm, json } = options
  knownKernel(options.linux)
  const recorded = readDatabase(database)
  const journal = await journalOf(run, options.linux)
  const whose: Whose = vm === undefined ? { kernel: 'host' } : { kernel: 'guest', vm }
  const linux = options.linux ?? linuxOf(journal, whose)
  const rows = compareRows(predictedRows(journal, whose), recorded.rows, linux)
  const differences = rows.filter(({ verdict }) => verdict === 'different').length
  const exitCode = differences === 0 ? 0 : 1
  const left = Object.fromEntries(recorded.left)
  if (json) {
    const value = { database, run, linux, match: differences === 0, differences, rows, left }
    return { output: JSON.stringify(value, undefined, 1), exitCode }
  }
  const title = `${plainLine(run)} and ${plainLine(database)} (${vm === undefined ? 'host' : `guest of ${plainLine(vm)}`}, Linux ${linux})`
  return {
    output: [title, ...verdictLines(rows), ...leftLines(recorded), ...noneLine(rows)].join('\n'),
    isStyled: true,
    exitCode
  }
}

const noneLine = (rows: readonly ComparedValue[]): readonly string[] =>
  rows.length === 0 ? ['neither has a tracepoint that rasdaemon keeps'] : []

const leftLines = ({ left }: Recorded): readonly string[] =>
  [...left].map(
    ([table, count]) => `not compared: ${count} of ${plainLine(table)}, which the model has no tracepoint for`
  )

async function journalOf(run: string, linux: string | undefined): Promise<readonly WireEntry[]> {
  const path = shippedPath(run)
  if (!/\.ya?ml$/.test(path)) return readJournal(path)
  const read = readScenarioFile(path)
  if (read.errors !== undefined) throw new UsageError(read.errors.map(errorLine).join('\n'))
  const { journal } = await runInProcess(read.scenario, linux === undefined ? {} : { linux })
  return journal
}

const USUAL_LINUX = '6.1'

/** The release of the kernel that traced. */
function linuxOf(journal: readonly WireEntry[], whose: Whose): string {
  const asked = journal
    .filter(({ kind }) => kind === 'message')
    .map(({ type, data }) => ({ type, data: data as Asked }))
  if (whose.kernel === 'host') return asked.findLast(({ type }) => type === 'host.boot')?.data.linux ?? USUAL_LINUX
  const made = asked.find(({ type, data }) => type === 'vm.create' && data.vm === whose.vm)
  if (made === undefined) throw new UsageError(`${whose.vm}: no such VM in this run`)
  return made.data.guest?.linux ?? USUAL_LINUX
}

interface Asked {
  readonly linux?: string
  readonly vm?: string
  readonly guest?: { readonly linux?: string }
}
