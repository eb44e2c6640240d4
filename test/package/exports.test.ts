import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/programs.ts'

const FACES = ['seabus', 'formats', 'contracts', 'testing'] as const
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** What a face exports: names of values, and of types with `type` before them. */
function exportsOf(face: string): readonly string[] {
  const text = read(`package/${face}.ts`).replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
  const declared = [...text.matchAll(/^export (?:async )?(function|const|class|interface|type) (\w+)/gm)].map(
    ([, kind = '', name = '']) => (kind === 'interface' || kind === 'type' ? `type ${name}` : name)
  )
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, isType = '', names = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^(type )?\w+ as (\w+)$/, '$1$2'))
      .filter((name) => name !== '')
      .map((name) => (name.startsWith('type ') ? name : `${isType}${name}`))
  )
  return [...declared, ...lists].toSorted()
}

void t.test('what the package promises is what test/package/api.json lists: a change of it is meant', (t) => {
  const listed = JSON.parse(read('test/package/api.json')) as Readonly<Record<string, readonly string[]>>
  const promised = Object.fromEntries(FACES.map((face) => [face, exportsOf(face)]))

  t.same(listed, promised)
  for (const names of Object.values(promised)) t.equal(new Set(names).size, names.length, 'no name twice')
  t.end()
})

for (const face of FACES) {
  void t.test(`${face} has every value that is listed, and no other`, async (t) => {
    const there = Object.keys((await import(`../../package/${face}.ts`)) as object).toSorted()
    t.same(
      there,
      exportsOf(face).filter((name) => !name.startsWith('type '))
    )
  })
}

void t.test('package.json exports these faces and nothing else of the sources', (t) => {
  const { exports, files } = JSON.parse(read('package.json')) as {
    exports: Readonly<Record<string, { types: string; default: string } | string>>
    files: readonly string[]
  }
  const paths = FACES.map((face) => (face === 'seabus' ? '.' : `./${face}`))

  t.same(Object.keys(exports), [...paths, './package.json'])
  for (const [index, path] of paths.entries()) {
    const at = `./dist/package/${FACES[index]}`
    t.same(exports[path], { types: `${at}.d.ts`, default: `${at}.js` })
  }
  t.same(files, ['dist', 'cli/seabus.mjs'])
  t.end()
})

void t.test('each message of the contracts is exported, under its own name', async (t) => {
  const all = (await import('../../package/contracts.ts')) as unknown as Record<string, unknown> & {
    MESSAGES: Readonly<Record<string, readonly { type: string }[]>>
  }
  const exported = new Set(Object.values(all))
  t.same(
    Object.values(all.MESSAGES)
      .flat()
      .filter((message) => !exported.has(message))
      .map(({ type }) => type),
    []
  )
})
