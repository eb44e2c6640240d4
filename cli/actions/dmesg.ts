import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { FormatError } from '../../shared/formats/format-error.ts'
import { VERSIONS, type Version } from '../../shared/linux/profile.ts'
import { readText } from '../bytes/read-bytes.ts'
import { text, UsageError, type Done, type Values } from '../command.ts'
import { analyse, type AnalyseOptions, type Analysis } from '../dmesg/analyse.ts'
import { disagreements, jsonOf, textOf } from '../dmesg/report.ts'
import { NOTIFICATIONS } from '../dmesg/run-kernel.ts'
import { scenarioOf } from '../dmesg/scenario-file.ts'

const STDIN = '-'
const LAST_SOURCE = 0xffff

/** Throws UsageError for a log without a printed record, and for a file or an option that cannot be used. */
export function dmesgCommand(values: Values, positionals: readonly string[]): Done {
  const [file = STDIN, ...more] = positionals
  if (more.length > 0) throw new UsageError('seabus dmesg: one log at a time')
  const analysis = analysed(file, optionsOf(values))
  const record = text(values['record'])
  if (record !== undefined) writeFileSync(record, chosen(analysis, text(values['report'])).rebuilt.block)
  const scenario = text(values['scenario'])
  if (scenario !== undefined) writeFileSync(scenario, scenarioOf(analysis, file === STDIN ? 'a log' : basename(file)))
  const exitCode = disagreements(analysis) === 0 ? 0 : 1
  if (values['format'] === 'json') return { output: JSON.stringify(jsonOf(analysis), undefined, 1), exitCode }
  return { output: textOf(analysis), isStyled: true, exitCode }
}

function analysed(file: string, options: AnalyseOptions): Analysis {
  const analysis = analyseText(file, readText(file), options)
  if (analysis.reports.length > 0) return analysis
  throw new UsageError(`${file}: no record in it: no line has "[Hardware Error]: event severity:" or names its source`)
}

function analyseText(file: string, log: string, options: AnalyseOptions): Analysis {
  try {
    return analyse(log, options)
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(`${file}: a value fits no record: ${error.message}`)
    throw error
  }
}

function optionsOf(values: Values): AnalyseOptions {
  const linux = text(values['linux'])
  const version = VERSIONS.find((known: Version) => known === linux)
  if (linux !== undefined && version === undefined)
    throw new UsageError(`--linux ${linux}: the model knows ${VERSIONS.join(', ')}`)
  const word = text(values['notify'])
  const notify = NOTIFICATIONS.find((known) => known.toLowerCase() === word?.toLowerCase())
  if (word !== undefined && notify === undefined)
    throw new UsageError(`--notify ${word}: one of ${NOTIFICATIONS.join(', ')}`)
  return { version, notify, source: sourceOf(text(values['source'])) }
}

function sourceOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  const number = Number(word)
  if (!/^\d+$/.test(word) || number > LAST_SOURCE)
    throw new UsageError(`--source ${word}: a number from 0 to ${LAST_SOURCE}`)
  return number
}

/** The record that --report names; without it there must be one alone. */
function chosen({ reports }: Analysis, word: string | undefined): Analysis['reports'][number] {
  const [only] = reports
  if (word === undefined && reports.length > 1)
    throw new UsageError(`--record: there are ${reports.length} reports; --report says which, from 1`)
  const report = word === undefined ? only : reports[Number(word) - 1]
  if (report === undefined) throw new UsageError(`--report ${word ?? ''}: a number from 1 to ${reports.length}`)
  return report
}
