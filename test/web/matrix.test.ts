import { readFileSync } from 'node:fs'
import t from 'tap'
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
