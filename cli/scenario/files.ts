import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
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
  const { files, left } = filesAt(paths)
  for (const file of files) {
    const read = readScenarioFile(file)
    if ('scenario' in read) scenarios.push({ file, scenario: read.scenario })
    else errors.push(...asOne(file, read.errors))
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
export const scenarioFiles = (paths: readonly string[]): readonly string[] => filesAt(paths).files

/** By what name a shipped scenario goes: its path below the folder, without the ending. */
export const scenarioName = (file: string): string => relative(SHIPPED, file).replace(/\.yaml$/, '')

/** A path as it was given; or, where there is nothing and it is the name of a shipped scenario (`01-story`), that file. */
export function shippedPath(path: string): string {
  if (existsSync(path) || /^[/.]/.test(path)) return path
  const shipped = join(SHIPPED, `${path.replace(/\.yaml$/, '')}.yaml`)
  return existsSync(shipped) ? shipped : path
}

function filesAt(paths: readonly string[]): { readonly files: readonly string[] } & Pick<Scenarios, 'left'> {
  const files: string[] = []
  let left = 0
  for (const path of paths.map(shippedPath)) {
    const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    const found = isDirectory ? yamlFiles(path) : [path]
    const wanted = isDirectory ? found.filter(isScenario) : found
    files.push(...wanted)
    left += found.length - wanted.length
  }
  return { files, left }
}
