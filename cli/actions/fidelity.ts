import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fidelityJson } from '../fidelity/json.ts'
import { fidelityPage } from '../fidelity/page.ts'
import type { Sources } from '../fidelity/placed-rules.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/fidelity.md'
const JSON_PAGE = 'docs/fidelity.json'
/** Where rules are. */
const FOLDERS = ['shared', 'services']

function readSources(): Sources {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name))
  )
  return new Map(files.toSorted().map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
}

/** The page as the code has it now. */
export const generateFidelityPage = (): string => fidelityPage(readSources())

/** The same for programs, keyed as the entries of a journal name their rules. */
export const generateFidelityJson = (): string => fidelityJson(readSources())

/** `seabus fidelity`: prints the page, or its content as JSON; or writes docs/fidelity.md and docs/fidelity.json. */
export function fidelity({ write, json }: { readonly write: boolean; readonly json: boolean }): {
  output: string
  exitCode: number
} {
  if (!write) return { output: (json ? generateFidelityJson() : generateFidelityPage()).trimEnd(), exitCode: 0 }
  writeFileSync(join(ROOT, PAGE), generateFidelityPage())
  writeFileSync(join(ROOT, JSON_PAGE), generateFidelityJson())
  return { output: `${PAGE}\n${JSON_PAGE}`, exitCode: 0 }
}
