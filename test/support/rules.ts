import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesOf } from '../../cli/fidelity/rules.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The rules of docs/fidelity.md, by file and name as a journal's entry names them. */
export function rulesByName(): ReadonlySet<string> {
  return new Set(
    globSync('{shared,services}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
      rulesOf(readFileSync(join(ROOT, file), 'utf8')).map(({ name }) => `${file.replaceAll('\\', '/')}#${name}`)
    )
  )
}
