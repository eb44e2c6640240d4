import type { MatrixColumn, MatrixFile } from '../model/matrix.ts'
import { ask, askJson } from './api.ts'
import { startRun } from './runs.ts'

/** How each scenario that comes with seabus ends with each VMM and policy. */
export const readMatrix = (): Promise<MatrixFile> => askJson<MatrixFile>('/docs/matrix.json')

/** Runs a scenario that comes with seabus with a VMM and a policy, and does not wait for it. */
export async function startCell(name: string, { vmm, policy, sees }: MatrixColumn): Promise<string> {
  const read = await ask(`/v1/scenarios/${encodeURIComponent(name)}`, { accept: 'application/yaml' })
  const scenario = await read.text()
  const seen = sees ? ({ exposeException: true } as const) : {}
  return startRun({ scenario, vmm, ...(policy === undefined ? {} : { policy }), ...seen })
}
