import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const FOLDER = fileURLToPath(new URL('../scenarios', import.meta.url))

/** The scenarios that come with seabus: `file:` URLs by their names, e.g. `01-story`. */
export function shippedScenarios(): ReadonlyMap<string, URL> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
  return new Map(files.toSorted().map((file) => [basename(file, '.yaml'), pathToFileURL(join(FOLDER, file))]))
}
