import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readScenarioFile } from './run-file.ts'
import type { FileError } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** The scenarios that come with seabus. */
export const SHIPPED = fileURLToPath(new URL('../../scenarios', import.meta.url))

/** Files as named; a directory stands for the scenarios in it and below. */
export function scenarioFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(path, name))
  })
}

export interface NamedScenario {
  readonly file: string
  readonly scenario: ScenarioFile
}

/** Reads all of them; with mistakes in any there are only mistakes. */
export function readScenarios(
  paths: readonly string[]
): { readonly scenarios: readonly NamedScenario[] } | { readonly errors: readonly FileError[] } {
  const scenarios: NamedScenario[] = []
  const errors: FileError[] = []
  for (const file of scenarioFiles(paths)) {
    const read = readScenarioFile(file)
    if ('scenario' in read) scenarios.push({ file, scenario: read.scenario })
    else errors.push(...read.errors)
  }
  return errors.length > 0 ? { errors } : { scenarios }
}
