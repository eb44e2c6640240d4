import { styleText } from 'node:util'
import { plainLine, plainText } from '../../shared/contracts/plain-text.ts'
import { failureText, resultText } from '../../shared/scenario/report-text.ts'
import { plainResult } from '../../shared/scenario/plain-result.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import type { FileResult } from '../scenario/run-file.ts'

export interface Telling {
  /** The story of each, as of one file. */
  readonly verbose: boolean
  readonly explain: boolean
}

/** How a run stands to its file. */
type Standing = 'as expected' | 'not as expected' | 'nothing expected' | 'changed'

function standingOf({ expected, failures, changed }: Result): Standing {
  if (expected === undefined) return 'nothing expected'
  if (changed !== undefined) return 'changed'
  return failures.length === 0 ? 'as expected' : 'not as expected'
}

const WORD: Readonly<Record<Standing, { readonly word: string; readonly style: 'green' | 'red' | 'yellow' }>> = {
  'as expected': { word: 'ok', style: 'green' },
  'not as expected': { word: 'FAILED', style: 'red' },
  'nothing expected': { word: 'EMPTY', style: 'red' },
  changed: { word: 'changed', style: 'yellow' }
}
/** Differences that are told of a run that was changed. */
const FEW = 3
const WIDTH = Math.max(...Object.values(WORD).map(({ word }) => word.length))

/** A line a file, the story of those that are not as expected, and how many are. */
export function summaryText(results: readonly FileResult[], telling: Telling): string {
  const lines = results.map((one) => textOf(one, telling))
  return [...lines, ...countLines(results.map(({ result }) => result))].join('\n')
}

function textOf({ file, result }: FileResult, { verbose, explain }: Telling): string {
  const standing = standingOf(result)
  const { word, style } = WORD[standing]
  const line = `${styleText(style, word.padEnd(WIDTH))}  ${plainLine(file)}: ${result.cell}${differing(result)}`
  const isTold = verbose || explain || standing === 'not as expected' || standing === 'nothing expected'
  return isTold ? `${line}\n\n${plainText(resultText(result, { explain }))}\n` : line
}

/** What a run that was changed has otherwise than its file, in short. */
function differing(result: Result): string {
  const { changed } = plainResult(result)
  if (changed === undefined) return ''
  if (changed.differs.length === 0) return ', as the file expects without the change'
  const told = changed.differs.slice(0, FEW).map((failure) => failureText(failure).split('\n')[0] ?? '')
  const more = changed.differs.length - told.length
  const lines = [...told, ...(more > 0 ? [`  and ${more} more`] : [])]
  return plainText(lines.map((line) => `\n${' '.repeat(WIDTH)}${line}`).join(''))
}

function countLines(results: readonly Result[]): readonly string[] {
  const changed = results.flatMap((result) => (result.changed === undefined ? [] : [result.changed]))
  const judged = results.filter(({ changed: one }) => one === undefined)
  const met = judged.filter((result) => standingOf(result) === 'as expected').length
  const otherwise = changed.filter(({ differs }) => differs.length > 0).length
  return [
    '',
    ...(judged.length === 0 && changed.length > 0 ? [] : [`${met} of ${judged.length} as expected`]),
    ...(changed.length === 0
      ? []
      : [
          `${changed.length} run otherwise than their files say, and ${otherwise} of them end otherwise than those expect`
        ])
  ]
}
