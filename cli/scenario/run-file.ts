import { readFileSync } from 'node:fs'
import { withPolicyAt } from './policy-at.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { readScenario, type FileError, type ReadResult } from '../../shared/scenario/read-scenario.ts'
import { runInProcess } from './in-process.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

export interface FileResult {
  readonly file: string
  readonly result: Result
  /** Wall time. */
  readonly seconds: number
}

/** Reads a scenario file; one that is not there is a mistake like any other. */
export function readScenarioFile(file: string): ReadResult {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (problem) {
    const error: FileError = {
      file,
      line: 1,
      column: 1,
      length: 1,
      path: '',
      rule: 'file',
      message:
        (problem as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (problem as Error).message
    }
    return { errors: [error] }
  }
  return readScenario(text, file)
}

export type Runner = (scenario: ScenarioFile, overrides: Overrides) => Promise<Result>

/** Under virtual time in this process; a policy that is a URL is asked over HTTP all the same. */
export const inProcess: Runner = (scenario, overrides) =>
  withPolicyAt((options) => runInProcess(scenario, overrides, options))
