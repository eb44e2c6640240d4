import { styleText } from 'node:util'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { Comparison } from './compare.ts'
import { isPrintLimit, orderOf, UNKNOWNS, type Choice, type Unknown } from '../../lab/choice.ts'
import type { Json } from '../../lab/recording.ts'
import { NOT_COMPARED, shown, type Reason, type ComparedValue } from './compared-value.ts'

/** One recording against the model. */
export interface Replayed {
  readonly file: string
  readonly linux: string
  /** How many outcomes are legal, what the boot had printed before left aside. */
  readonly outcomes: number
  readonly comparison: Comparison
}

const WIDTH = { field: 48, value: 52 } as const

function cell(value: Json | undefined, width: number): string {
  const text = plainLine(shown(value).replaceAll('\n', ' / '))
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width)
}

const COLOUR = { same: 'green', different: 'red', 'not compared': 'dim' } as const

function line({ field, predicted, observed, verdict, reason }: ComparedValue): string {
  const why = reason === undefined ? '' : ` (${reason})`
  const cells = [cell(field, WIDTH.field), cell(predicted, WIDTH.value), cell(observed, WIDTH.value)]
  return `${cells.join(' ')} ${styleText(COLOUR[verdict], verdict)}${why}`
}

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
const countOf = (rows: readonly ComparedValue[], verdict: ComparedValue['verdict']) =>
  rows.filter((row) => row.verdict === verdict).length

const choiceLine = ({ about, taken }: Choice): string => {
  const unknown: Unknown = UNKNOWNS[about]
  return unknown.kind === 'race' ? `race, ${about}: ${taken}` : `assumed, ${about}: ${taken} (no ${unknown.field})`
}

/** The values, each with its verdict, why some are not compared, and what it comes to. */
export function verdictLines(rows: readonly ComparedValue[], between: readonly string[] = []): readonly string[] {
  const reasons = [...new Set(rows.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))]
  const differences = countOf(rows, 'different')
  const verdict = differences === 0 ? 'match' : many(differences, 'difference')
  return [
    line({ field: 'field', predicted: 'predicted', observed: 'observed', verdict: 'same' }).replace(
      /\S*same\S*$/,
      'verdict'
    ),
    ...rows.map(line),
    ...between,
    ...reasons.map((reason: Reason) => `not compared, ${reason}: ${NOT_COMPARED[reason]}`),
    `${verdict}: ${countOf(rows, 'same')} same, ${differences} different, ${countOf(rows, 'not compared')} not compared`
  ]
}

/** The table of one recording and what it comes to. */
export function tableOf({ file, linux, outcomes, comparison }: Replayed): string {
  const { rows, prediction } = comparison
  const chosen = prediction.choices.filter((choice) => !isPrintLimit(choice))
  const order = chosen.length === 0 ? '' : `: ${orderOf(chosen)}`
  const between = [
    ...(outcomes > 1 ? [`one of ${outcomes} legal outcomes${order}`] : []),
    ...prediction.choices.map(choiceLine)
  ]
  return [`${plainLine(file)} (Linux ${linux})`, ...verdictLines(rows, between), ''].join('\n')
}

/** The last line of all. */
export function summaryOf(all: readonly Replayed[]): string {
  const wrong = all.filter(({ comparison }) => comparison.differences > 0)
  const names = wrong.map(({ file }) => `  ${plainLine(file)}`).join('\n')
  const result = wrong.length === 0 ? 'all match' : `${many(wrong.length, 'file')} with differences:\n${names}`
  return `${many(all.length, 'recording')}: ${result}`
}

/** A choice with what makes it one. */
export const choiceJson = ({ about, taken }: Choice) => ({ about, taken, ...(UNKNOWNS[about] as Unknown) })

/** The same for programs. */
export function jsonOf({ file, linux, outcomes, comparison }: Replayed) {
  const { rows, prediction, differences } = comparison
  const { choices } = prediction
  const order = orderOf(choices.filter((choice) => !isPrintLimit(choice)))
  const chosen = choices.map(choiceJson)
  return { file, linux, match: differences === 0, order, chosen, legalOutcomes: outcomes, differences, rows }
}
