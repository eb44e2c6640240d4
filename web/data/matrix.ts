import type { MatrixColumn, MatrixFile } from '../model/matrix.ts'
import { ask, askJson } from './api.ts'
import { startRun } from './runs.ts'

export interface ShippedScenario {
  readonly name: string
  /** As its runs have it. */
  readonly fault?: string
}

/** How each scenario that comes with seabus ends with each VMM and policy. */
export const readMatrix = (): Promise<MatrixFile> => askJson<MatrixFile>('/docs/matrix.json')

/** The scenarios that come with seabus, each with the fault that it is about. */
export async function listScenarios(): Promise<readonly ShippedScenario[]> {
  const { scenarios } = await askJson<{ readonly scenarios: readonly ShippedScenario[] }>('/v1/scenarios')
  return scenarios
}

/** Runs a scenario that comes with seabus with a VMM and a policy, and does not wait for it. */
export async function startCell(name: string, { vmm, policy, sees }: MatrixColumn): Promise<string> {
  const read = await ask(`/v1/scenarios/${encodeURIComponent(name)}`, { accept: 'application/yaml' })
  const scenario = await read.text()
  const seen = sees ? ({ exposeException: true } as const) : {}
  return startRun({ scenario, vmm, ...(policy === undefined ? {} : { policy }), ...seen })
}
