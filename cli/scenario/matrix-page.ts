import { basename, dirname, relative } from 'node:path'
import { VERDICTS } from '../../shared/trace/verdict.ts'
import { SHIPPED } from './files.ts'
import { LETTER } from './matrix-formats.ts'
import type { Matrix } from './matrix-runs.ts'

/** docs/matrix.json, from which the page draws the matrix: a scenario a line, a letter a column. */
export function matrixPage({ columns, rows, runs }: Matrix): string {
  const outcomes = Object.fromEntries(VERDICTS.map((verdict) => [LETTER[verdict], verdict]))
  const scenarios = rows.map(({ file, title, cells }) => {
    const folder = relative(SHIPPED, dirname(file))
    const name = basename(file).replace(/\.ya?ml$/, '')
    return { name, title, folder, cells: cells.map((cell) => LETTER[cell]).join('') }
  })
  const lines = (list: readonly unknown[]) => list.map((one) => `    ${JSON.stringify(one)}`).join(',\n')
  return [
    '{',
    `  "outcomes": ${JSON.stringify(outcomes)},`,
    `  "columns": [\n${lines(columns)}\n  ],`,
    `  "scenarios": [\n${lines(scenarios)}\n  ],`,
    `  "runs": ${runs}`,
    '}\n'
  ].join('\n')
}
