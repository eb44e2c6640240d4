import { signal } from '@preact/signals'
import { readMatrix, startCell } from '../data/matrix.ts'
import type { MatrixColumn, MatrixFile } from '../model/matrix.ts'
import { runs } from './runs.ts'

/** Absent until it is here. */
export const matrix = signal<MatrixFile | undefined>(undefined)
/** Why it cannot be had. */
export const matrixTrouble = signal<string | undefined>(undefined)

/** Row and column of the cell that is looked at, from 0; it is found again when one comes back. */
export const matrixPlace = signal<readonly [number, number]>([0, 0])
/** Only scenarios in which not all columns end alike. */
export const isDisagreeing = signal(true)

/** Sees to it that the matrix is here, or will be. */
export async function wantMatrix(): Promise<void> {
  if (matrix.value !== undefined) return
  try {
    matrix.value = await readMatrix()
    matrixTrouble.value = undefined
  } catch (error) {
    matrixTrouble.value = (error as Error).message
  }
}

const started = new Map<string, string>()

/** The run of a cell: the one that was started before, as long as it is kept, else a new one. Throws Refused. */
export async function runOfCell(name: string, column: MatrixColumn): Promise<string> {
  const key = JSON.stringify([name, column])
  const before = started.get(key)
  if (before !== undefined && runs.value?.some(({ id }) => id === before) === true) return before
  const id = await startCell(name, column)
  started.set(key, id)
  return id
}
