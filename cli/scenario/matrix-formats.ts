import { basename } from 'node:path'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import { VERDICTS, type Verdict } from '../../shared/trace/verdict.ts'
import { columnName, type Matrix, type MatrixRow } from './matrix-runs.ts'
import { xml } from '../../shared/drawing/xml.ts'

/** One letter a cell, for a table that fits a terminal. */
export const LETTER: Readonly<Record<Verdict, string>> = {
  recovered: '.',
  'process killed': 'k',
  'guest panic': 'P',
  'avoidable panic': 'A',
  'VM lost': 'V',
  'host panic': 'H',
  livelock: 'L',
  'nobody told': 'N',
  'silent corruption': 'S'
}
/** From harmless to the worst there is. */
const COLOUR: Readonly<Record<Verdict, string>> = {
  recovered: '#2e7d32',
  'process killed': '#9ccc65',
  'guest panic': '#ffd54f',
  'avoidable panic': '#ff9800',
  'VM lost': '#f4511e',
  'host panic': '#b71c1c',
  livelock: '#7b1fa2',
  'nobody told': '#546e7a',
  'silent corruption': '#212121'
}

const nameOf = ({ file }: MatrixRow) => plainLine(basename(file).replace(/\.ya?ml$/, ''))

export function matrixText({ columns, rows, runs }: Matrix): string {
  const width = Math.max(...rows.map((row) => nameOf(row).length), 8)
  const numbers = columns.map((_, index) => String(index + 1).padStart(3)).join('')
  return [
    ...columns.map((column, index) => `${String(index + 1).padStart(3)}  ${columnName(column)}`),
    '',
    `${''.padEnd(width)}${numbers}`,
    ...rows.map((row) => nameOf(row).padEnd(width) + row.cells.map((cell) => LETTER[cell].padStart(3)).join('')),
    '',
    ...VERDICTS.map((cell) => `  ${LETTER[cell]}  ${cell}`),
    '',
    `${rows.length} scenarios, ${columns.length} columns, ${runs} runs`
  ].join('\n')
}

export function matrixJson({ columns, rows, runs }: Matrix): string {
  const told = rows.map(({ file, title, tags, cells }) => ({
    file,
    title,
    tags,
    cells: Object.fromEntries(cells.map((cell, index) => [nameAt(columns, index), cell]))
  }))
  return JSON.stringify({ columns, scenarios: told, runs }, null, 2)
}

const nameAt = (columns: Matrix['columns'], index: number) => {
  const column = columns[index]
  return column === undefined ? '' : columnName(column)
}

/** RFC 4180. */
export function matrixCsv({ columns, rows }: Matrix): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = [
    ['scenario', ...columns.map(columnName)],
    ...rows.map((row) => [nameOf(row), ...row.cells] as readonly string[])
  ]
  return lines.map((line) => line.map((text) => field(plainLine(text))).join(',')).join('\r\n')
}

const SQUARE = 22
const LABELS = 270
const HEAD = 150

export function matrixSvg({ columns, rows }: Matrix): string {
  const width = LABELS + columns.length * SQUARE + 60
  const height = HEAD + rows.length * SQUARE + 40 + VERDICTS.length * SQUARE
  const heads = columns.map((column, index) => {
    const x = LABELS + index * SQUARE + SQUARE / 2 + 4
    return `<text transform="translate(${x} ${HEAD - 8}) rotate(-60)">${xml(columnName(column))}</text>`
  })
  const body = rows.flatMap((row, y) => [
    `<text x="${LABELS - 8}" y="${HEAD + y * SQUARE + 15}" text-anchor="end">${xml(nameOf(row))}</text>`,
    ...row.cells.map((cell, x) => {
      const place = `x="${LABELS + x * SQUARE}" y="${HEAD + y * SQUARE}" width="${SQUARE - 2}" height="${SQUARE - 2}"`
      const title = `${row.title}: ${nameAt(columns, x)}: ${cell}`
      return `<rect ${place} fill="${COLOUR[cell]}"><title>${xml(title)}</title></rect>`
    })
  ])
  const legend = VERDICTS.flatMap((cell, index) => {
    const y = HEAD + rows.length * SQUARE + 20 + index * SQUARE
    return [
      `<rect x="${LABELS}" y="${y}" width="${SQUARE - 2}" height="${SQUARE - 2}" fill="${COLOUR[cell]}"/>`,
      `<text x="${LABELS + SQUARE + 6}" y="${y + 15}">${cell}</text>`
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...heads,
    ...body,
    ...legend,
    '</svg>'
  ].join('\n')
}

export const MATRIX_FORMATS: Readonly<Record<string, (matrix: Matrix) => string>> = {
  table: matrixText,
  json: matrixJson,
  csv: matrixCsv,
  svg: matrixSvg
}
