import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fidelityPage, type Sources } from '../fidelity/page.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/fidelity.md'
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

/** `seabus fidelity`: prints the page, or writes docs/fidelity.md. */
export function fidelity({ write }: { readonly write: boolean }): { output: string; exitCode: number } {
  const page = generateFidelityPage()
  if (!write) return { output: page.trimEnd(), exitCode: 0 }
  writeFileSync(join(ROOT, PAGE), page)
  return { output: PAGE, exitCode: 0 }
}
