import { readFileSync } from 'node:fs'
import t from 'tap'
import { CELLS, isCell } from '../../shared/rows/cells.ts'
import { drawnLines, lineOffsets, matrixLines, sumsOf } from '../../web/model/matrix-lines.ts'
import {
  cellBeside,
  cellCommand,
  columnText,
  headGroups,
  matrixGroups,
  type MatrixColumn,
  type MatrixFile,
  type MatrixRow
} from '../../web/model/matrix.ts'

const FILE = JSON.parse(readFileSync(new URL('../../docs/matrix.json', import.meta.url), 'utf8')) as MatrixFile
const SEEING: MatrixColumn = { vmm: 'reference', policy: 'mirror', sees: true }

void t.test('each scenario has an outcome in each column', (t) => {
  const rows = matrixGroups(FILE, false).flatMap((group) => group.rows)

  t.equal(rows.length, FILE.scenarios.length)
  t.ok(rows.length >= 75)
  for (const { name, cells } of rows) t.equal(cells.length, FILE.columns.length, name)
  t.match(
    rows.find(({ name }) => name === '01-story'),
    { folder: '', cells: ['process killed', 'process killed', 'avoidable panic'] }
  )
  t.end()
})

void t.test('where columns disagree, rows in which all end alike are left out', (t) => {
  const some = matrixGroups(FILE, true).flatMap((group) => group.rows)

  t.ok(some.length > 0 && some.length < FILE.scenarios.length)
  for (const { name, cells } of some) t.ok(new Set(cells).size > 1, name)
  t.end()
})

void t.test('columns stand in the groups of their VMMs, in their order', (t) => {
  const heads = headGroups(FILE.columns)

  t.same(
    heads.flatMap((head) => head.columns.map(({ column }) => column)),
    FILE.columns
  )
  t.same(
    heads.filter(({ name }) => name !== '').map(({ name, columns }) => [name, ...columns.map((one) => one.name)]),
    [
      ['reference', 'morse', 'mirror + exception', 'sei', 'interrupt', 'poll'],
      ['qemu', '10.0', '10.2', '11.0']
    ]
  )
  t.equal(columnText(SEEING), 'reference, policy mirror, which sees the exception')
  t.end()
})

void t.test('of all lines those in sight are drawn, the one with the focus, and gaps as high as the others', (t) => {
  const lines = matrixLines(matrixGroups(FILE, false))
  const offsets = lineOffsets(lines)
  const all = offsets.at(-1) ?? 0
  const heightOf = (index: number) => (offsets[index + 1] ?? 0) - (offsets[index] ?? 0)

  t.equal(lines.filter(({ kind }) => kind === 'row').length, FILE.scenarios.length)
  for (const [window, held] of [
    [[0, 20], 3],
    [[30, 60], 2],
    [[30, 60], lines.length - 1],
    [[lines.length - 5, lines.length], undefined]
  ] as const) {
    const drawn = drawnLines(offsets, window, held)
    const indices = drawn.flatMap((one) => ('index' in one ? [one.index] : []))
    for (let index = window[0]; index < window[1]; index++) t.ok(indices.includes(index))
    if (held !== undefined) t.ok(indices.includes(held))
    t.ok(indices.length <= window[1] - window[0] + 1)
    t.equal(
      drawn.reduce((sum, one) => sum + ('gap' in one ? one.gap : heightOf(one.index)), 0),
      all
    )
  }
  t.end()
})

void t.test('the sums of a column count each of its rows once, from the mildest end', (t) => {
  const rows = matrixGroups(FILE, false).flatMap((group) => group.rows)
  const order = Object.keys(CELLS).filter(isCell)
  for (const x of FILE.columns.keys()) {
    const sums = sumsOf(rows, x, order)
    t.equal(
      sums.reduce((sum, { count }) => sum + count, 0),
      rows.length
    )
    t.strictSame(
      sums.map(({ cell }) => cell),
      order.filter((cell) => rows.some(({ cells }) => cells[x] === cell))
    )
  }
  t.end()
})

void t.test('a cell says the command that runs it, where there is one', (t) => {
  const row: MatrixRow = { name: '01-story', title: '', folder: '', cells: [] }

  t.equal(
    cellCommand(row, { vmm: 'reference', policy: 'sei' }),
    'npx seabus run scenarios/01-story.yaml --vmm reference --policy sei'
  )
  t.equal(
    cellCommand({ ...row, folder: 'field' }, { vmm: 'kvmtool' }),
    'npx seabus run scenarios/field/01-story.yaml --vmm kvmtool'
  )
  t.equal(cellCommand(row, SEEING), undefined)
  t.end()
})

void t.test('arrows lead from cell to cell and not out of the table', (t) => {
  const size = [3, 4] as const

  t.same(cellBeside('ArrowDown', [0, 1], size), [1, 1])
  t.same(cellBeside('ArrowUp', [0, 1], size), [0, 1])
  t.same(cellBeside('End', [2, 0], size), [2, 3])
  t.same(cellBeside('PageDown', [0, 2], size), [2, 2])
  t.equal(cellBeside('j', [0, 2], size), undefined)
  t.end()
})
