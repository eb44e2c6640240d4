import type { Cell } from '../../shared/rows/cells.ts'

/** A VMM with the policy that decides for it. */
export interface MatrixColumn {
  readonly vmm: string
  /** Absent where the VMM asks nobody. */
  readonly policy?: string
  /** The policy also sees the exception that the hardware raised. */
  readonly sees?: true
}

/** docs/matrix.json. */
export interface MatrixFile {
  /** What each letter of a cell stands for. */
  readonly outcomes: Readonly<Record<string, Cell>>
  readonly columns: readonly MatrixColumn[]
  readonly scenarios: readonly {
    readonly name: string
    readonly title: string
    /** The folder of `scenarios` that it is in; '' for `scenarios` itself. */
    readonly folder: string
    /** A letter a column. */
    readonly cells: string
  }[]
}

export interface MatrixRow {
  readonly name: string
  readonly title: string
  readonly folder: string
  /** How it ends, by column. */
  readonly cells: readonly Cell[]
}

/** Scenarios of one folder. */
export interface MatrixGroup {
  readonly folder: string
  readonly rows: readonly MatrixRow[]
}

/** The rows of a file by their folders; where `disagreeing`, without those in which all columns end alike. */
export function matrixGroups({ outcomes, scenarios }: MatrixFile, disagreeing: boolean): readonly MatrixGroup[] {
  const groups = new Map<string, MatrixRow[]>()
  for (const { cells: letters, ...row } of scenarios) {
    const cells = [...letters].flatMap((letter) => outcomes[letter] ?? [])
    if (disagreeing && new Set(cells).size < 2) continue
    const group = groups.get(row.folder)
    if (group === undefined) groups.set(row.folder, [{ ...row, cells }])
    else group.push({ ...row, cells })
  }
  return [...groups].map(([folder, rows]) => ({ folder, rows }))
}

export interface HeadGroup {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly column: MatrixColumn }[]
}

/** Columns by their VMM: the policies of one, the versions of another; one that stands alone has no group's name. */
export function headGroups(columns: readonly MatrixColumn[]): readonly HeadGroup[] {
  const groups = new Map<string, MatrixColumn[]>()
  for (const column of columns) {
    const family = column.vmm.replace(/-[\d.]+$/, '')
    groups.set(family, [...(groups.get(family) ?? []), column])
  }
  return [...groups].map(([family, all]) => ({
    name: all.length > 1 ? family : '',
    columns: all.map((column) => ({ name: all.length > 1 ? nameWithin(family, column) : column.vmm, column }))
  }))
}

function nameWithin(family: string, { vmm, policy, sees }: MatrixColumn): string {
  if (vmm !== family) return vmm.slice(family.length + 1)
  return `${policy ?? vmm}${sees === true ? ' + exception' : ''}`
}

/** A column in words. */
export const columnText = ({ vmm, policy, sees }: MatrixColumn): string =>
  [vmm, ...(policy === undefined ? [] : [`policy ${policy}`]), ...(sees ? ['which sees the exception'] : [])].join(', ')

/** The command that runs a cell; none where the policy sees more than the command lets it. */
export function cellCommand({ name, folder }: MatrixRow, { vmm, policy, sees }: MatrixColumn): string | undefined {
  if (sees === true) return undefined
  const file = ['scenarios', ...(folder === '' ? [] : [folder]), `${name}.yaml`].join('/')
  return `npx seabus run ${file} --vmm ${vmm}${policy === undefined ? '' : ` --policy ${policy}`}`
}

/** Where a key leads from a cell, by rows and columns from 0; nowhere else than into the table. */
export function cellBeside(
  key: string,
  [row, column]: readonly [number, number],
  [rows, columns]: readonly [number, number]
): readonly [number, number] | undefined {
  const to = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [row, 0],
    End: [row, columns - 1],
    PageUp: [row - 10, column],
    PageDown: [row + 10, column]
  }[key]
  if (to === undefined) return undefined
  const [y = 0, x = 0] = to
  return [Math.min(Math.max(y, 0), rows - 1), Math.min(Math.max(x, 0), columns - 1)]
}
