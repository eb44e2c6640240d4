import { readScenarios, SHIPPED } from '../cli/scenario/files.ts'
import { columnsOf, runMatrix } from '../cli/scenario/matrix-runs.ts'

export interface Measured {
  readonly scenarios: number
  readonly runs: number
  readonly seconds: number
  readonly runsPerSecond: number
}

/** The whole shipped matrix in process, against the wall clock; for bench/. */
export async function measureMatrix(): Promise<Measured> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(`the shipped scenarios have ${read.errors.length} mistakes`)
  const start = performance.now()
  const { runs } = await runMatrix(read.scenarios, columnsOf())
  const seconds = (performance.now() - start) / 1000
  return { scenarios: read.scenarios.length, runs, seconds, runsPerSecond: runs / seconds }
}
