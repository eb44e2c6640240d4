import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readScenarioFile } from './run-file.ts'
import type { FileError } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** The scenarios that come with seabus. */
export const SHIPPED = fileURLToPath(new URL('../../scenarios', import.meta.url))

const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.git'])

/** YAML files of a directory and below it, in the order of their names. */
function yamlFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : yamlFiles(path)
      return /\.ya?ml$/.test(entry.name) ? [path] : []
    })
}

/** Whether a file says of itself that it is a scenario, with mistakes or without. */
const isScenario = (path: string) => /^\s*["']?seabus["']?\s*:/m.test(readFileSync(path, 'utf8'))

export interface NamedScenario {
  readonly file: string
  readonly scenario: ScenarioFile
}

export interface Scenarios {
  readonly scenarios: readonly NamedScenario[]
  /** How many YAML files of directories are no scenarios. */
  readonly left: number
}

/**
 * Reads files as named, and of directories those in them and below that have `seabus:`. With mistakes in any there are only
 * mistakes.
 */
export function readScenarios(paths: readonly string[]): Scenarios | { readonly errors: readonly FileError[] } {
  const scenarios: NamedScenario[] = []
  const errors: FileError[] = []
  let left = 0
  for (const file of paths.flatMap((path) => filesAt(path))) {
    if (file.isFound && !isScenario(file.path)) {
      left++
      continue
    }
    const read = readScenarioFile(file.path)
    if ('scenario' in read) scenarios.push({ file: file.path, scenario: read.scenario })
    else errors.push(...asOne(file.path, read.errors))
  }
  return errors.length > 0 ? { errors } : { scenarios, left }
}

/** Of a file that is something else altogether one mistake says so, in place of what its text breaks of YAML. */
function asOne(path: string, errors: readonly FileError[]): readonly FileError[] {
  const [first] = errors
  if (first?.rule !== 'yaml' || (/\.(ya?ml|json)$/.test(path) && isScenario(path))) return errors
  return [{ ...first, message: `this is no scenario, which is YAML and begins with seabus: 1 (${first.message})` }]
}

/** The paths of files as named, and of the scenarios in directories and below. */
export const scenarioFiles = (paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => filesAt(path).flatMap((file) => (file.isFound && !isScenario(file.path) ? [] : [file.path])))

/** A file that was named, or those found in a directory. */
function filesAt(path: string): readonly { readonly path: string; readonly isFound: boolean }[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [{ path, isFound: false }]
  return yamlFiles(path).map((found) => ({ path: found, isFound: true }))
}
