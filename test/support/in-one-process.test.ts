import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, matchesGlob } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { ROOT } from './programs.ts'

const { include } = parse(readFileSync(`${ROOT}.taprc`, 'utf8')) as { include: string[] }
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  readonly scripts: { readonly 'test:fuzz': string }
}
const fuzz = scripts['test:fuzz'].replace(/^tap /, '')

void t.test('npm test and npm run test:fuzz run every test file, and none twice', (t) => {
  const started = [...include, fuzz].flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  const together = started.filter((file) => basename(file) === 'together.ts').map((file) => `${dirname(file)}/**`)
  const run = started.flatMap((file) =>
    basename(file) === 'together.ts' ? globSync(`${dirname(file)}/**/*.test.ts`, { cwd: ROOT }) : [file]
  )

  t.strictSame(run.toSorted(), globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted())
  t.notOk(
    started.some((file) => file.endsWith('.test.ts') && together.some((folder) => matchesGlob(file, folder))),
    'a folder that runs together runs in no other way'
  )
  t.ok(together.length > 0)
  t.end()
})
