import { styleText } from 'node:util'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { ComparedLine } from './align-lines.ts'
import type { Analysis, AnalysedReport } from './analyse.ts'
import type { Assumption } from './assumption.ts'

const COLOUR = {
  same: 'green',
  'other words': 'red',
  'only in the log': 'yellow',
  'not in the excerpt': 'dim',
  'not understood': 'red'
} as const
const WIDTH = 72

function row({ verdict, log, model }: ComparedLine): string {
  const text = plainLine(log ?? '')
  const cell = text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text.padEnd(WIDTH)
  const ours = verdict === 'same' ? '' : `  model: ${plainLine(model ?? '(nothing)')}`
  return `  ${styleText(COLOUR[verdict], verdict.padEnd(18))} ${cell}${ours}`.trimEnd()
}

const assumption = ({ field, taken, why }: Assumption): string => plainLine(`  assumed, ${field}: ${taken} (${why})`)

function reportText({ rebuilt, lines }: AnalysedReport, index: number): string {
  const number = rebuilt.number === '' ? '' : ` {${plainLine(rebuilt.number)}}`
  return [
    `report ${index + 1}${number}: ${rebuilt.block.length} bytes`,
    ...lines.map(row),
    ...rebuilt.assumptions.map(assumption)
  ].join('\n')
}

const WRONG: readonly ComparedLine['verdict'][] = ['other words', 'not understood']
const count = (lines: readonly ComparedLine[], ...verdicts: readonly ComparedLine['verdict'][]): number =>
  lines.filter(({ verdict }) => verdicts.includes(verdict)).length

/** Lines of the kernel's own that the model does not say are as wrong as those it says otherwise. */
export function disagreements({ reports, kernel }: Analysis): number {
  const ofReports = reports.reduce((sum, { lines }) => sum + count(lines, ...WRONG), 0)
  return ofReports + count(kernel, ...WRONG, 'only in the log')
}

/** The whole of it for a person, in colours; what is of the log is plain. */
export function textOf(analysis: Analysis): string {
  const { version, notify, sources, reports, assumptions, kernel, foreign } = analysis
  const strange = reports.flatMap(({ lines }) => lines.filter(({ verdict }) => verdict === 'not understood'))
  const wrong = disagreements(analysis)
  return [
    ...reports.map(reportText),
    '',
    `what the kernel did: Linux ${version}, source ${sources.join(', ')}, told by ${notify}`,
    ...(kernel.length === 0 ? ['  nothing that it says'] : kernel.map(row)),
    ...assumptions.map(assumption),
    ...(foreign.length === 0 ? [] : ['', 'lines that the model has nothing to do with']),
    ...foreign.map(({ at, text }) => `  line ${at}: ${plainLine(text)}`),
    '',
    ...(strange.length === 0
      ? []
      : [
          styleText(
            'red',
            `NOT UNDERSTOOD, and not in the record: ${strange.map(({ log }) => plainLine(log?.trim() ?? '')).join(' | ')}`
          )
        ]),
    `${many(reports.length, 'report')}: ${wrong === 0 ? 'the model says the same' : many(wrong, 'line') + ' otherwise'}`
  ].join('\n')
}

const many = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

/** The same for programs. */
export function jsonOf(analysis: Analysis) {
  const { version, notify, reports, assumptions, kernel, foreign } = analysis
  return {
    linux: version,
    notify,
    match: disagreements(analysis) === 0,
    reports: reports.map(({ rebuilt, lines }) => ({
      number: rebuilt.number,
      source: rebuilt.source ?? null,
      record: rebuilt.block.toHex(),
      assumptions: rebuilt.assumptions,
      lines
    })),
    assumptions,
    kernel,
    foreign: foreign.map(({ at, text }) => ({ line: at, text }))
  }
}
