import { CELLS, isCell, type Cell } from '../../shared/rows/cells.ts'
import { columnText, type MatrixColumn, type MatrixFile } from './matrix.ts'

/** What is known of a run before its journal. */
export interface Ended {
  readonly id: string
  readonly state: string
  readonly fault?: string
  readonly cell?: string
  readonly vmm?: string
  readonly policy?: string
}

/** Where it is known from. */
export interface Knowledge {
  readonly runs: readonly Ended[]
  /** Absent as long as it is not here. */
  readonly matrix: MatrixFile | undefined
  /** The shipped scenarios by name, with their faults. */
  readonly scenarios: readonly { readonly name: string; readonly fault?: string }[]
}

/** How else one fault has ended: in the matrix, and in runs that are kept. */
export interface SameFault {
  /** The mildest end that is known besides the run's own. */
  readonly cell: Cell
  /** Whether that is milder than the run's own, as mild, or worse. */
  readonly than: 'milder' | 'same' | 'worse'
  /** Who decided where it ended so, in the matrix. */
  readonly columns: readonly MatrixColumn[]
  /** Runs that ended so. */
  readonly runs: readonly Ended[]
  /** So many others are known at all: columns of the matrix, and runs. */
  readonly known: { readonly columns: number; readonly runs: number }
}

const ORDER = Object.keys(CELLS).filter(isCell)
const severity = (cell: Cell): number => ORDER.indexOf(cell)

/** What is known of a run's fault besides that run; nothing where nothing is. It is only ever told what was run. */
export function sameFault(run: Ended, { runs, matrix, scenarios }: Knowledge): SameFault | undefined {
  const { fault, cell: own } = run
  if (fault === undefined || !isCell(own)) return undefined
  const others = runs.filter((one) => one.id !== run.id && one.fault === fault && one.state === 'ended')
  const ended = others.flatMap((one) => (isCell(one.cell) ? [{ one, cell: one.cell }] : []))
  const names = new Set(scenarios.flatMap((one) => (one.fault === fault ? [one.name] : [])))
  const row = matrix?.scenarios.find(({ name }) => names.has(name))
  const cells = [...(row?.cells ?? '')].map((letter) => matrix?.outcomes[letter])
  const columns = cells.flatMap((cell, at) => {
    const column = matrix?.columns[at]
    return cell === undefined || column === undefined ? [] : [{ cell, column }]
  })
  const [best] = [...columns, ...ended].map(({ cell }) => cell).sort((a, b) => severity(a) - severity(b))
  if (best === undefined) return undefined
  const by = Math.sign(severity(best) - severity(own))
  return {
    cell: best,
    than: by < 0 ? 'milder' : by === 0 ? 'same' : 'worse',
    columns: columns.flatMap(({ cell, column }) => (cell === best ? [column] : [])),
    runs: ended.flatMap(({ cell, one }) => (cell === best ? [one] : [])),
    known: { columns: columns.length, runs: ended.length }
  }
}

/** So many columns are named; a longer list says less. */
const NAMED = 3

/** Who decided where it ended best: `reference, policy morse; kvmtool; and 4 more`. */
export function decidersText(columns: readonly MatrixColumn[]): string {
  const named = columns.slice(0, NAMED).map(columnText)
  const more = columns.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}
