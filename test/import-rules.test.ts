import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')

interface Import {
  readonly file: string
  /** A path from the root for our own files, otherwise the bare specifier. */
  readonly target: string
}

const files = ['shared', 'services'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
)

const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) => ({
      file,
      target: specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier
    })
  )
)

const isOurs = ({ target }: Import) => target.startsWith('shared/') || target.startsWith('services/')
const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`)

/** Which of our folders a folder may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'shared/formats': ['shared/formats'],
  'shared/contracts': ['shared/contracts', 'shared/formats'],
  'shared/linux': ['shared/linux', 'shared/formats'],
  'shared/kit': ['shared/kit', 'shared/contracts']
}
/** Folders whose code is pure: no I/O, no clock, no randomness. */
const PURE = ['shared/formats', 'shared/contracts', 'shared/linux']
/** The parts of the kit that a model may use. */
const FOR_MODELS = ['shared/kit/step.ts', 'shared/kit/procedure.ts']

void t.test('there is something to check', (t) => {
  t.ok(files.length > 50)
  t.ok(imports.length > 100)
  t.end()
})

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  void t.test(`${folder} imports of ours only ${allowed.join(' and ')}`, (t) => {
    const wrong = imports.filter(
      (one) => within(folder)(one.file) && isOurs(one) && !allowed.some((other) => within(other)(one.target))
    )

    t.same(wrong, [])
    t.end()
  })
}

void t.test('a service imports shared and itself, never another service', (t) => {
  const wrong = imports.filter((one) => {
    const own = /^services\/[^/]+/.exec(one.file)?.[0]
    return own !== undefined && within('services')(one.target) && !within(own)(one.target)
  })

  t.same(wrong, [])
  t.end()
})

void t.test('what a model is made of imports no node: module, and of the kit only step and procedure', (t) => {
  const pure = new Set(files.filter((file) => PURE.some((folder) => within(folder)(file))))
  const reached = files.filter((file) => file.endsWith('/model.ts'))
  for (const file of reached) {
    if (pure.has(file)) continue
    pure.add(file)
    reached.push(
      ...imports.filter((one) => one.file === file && within('services')(one.target)).map(({ target }) => target)
    )
  }
  const wrong = imports.filter(
    ({ file, target }) =>
      pure.has(file) && (target.startsWith('node:') || (within('shared/kit')(target) && !FOR_MODELS.includes(target)))
  )

  t.same(wrong, [])
  t.end()
})

void t.test('pure code reads no clock and makes no random value', (t) => {
  const impure = files
    .filter((file) => PURE.some((folder) => within(folder)(file)) || /^services\/.*\/model\.ts$/.test(file))
    .filter((file) =>
      /\bDate\b|Math\.random|randomUUID|performance\.now|process\.(?:env|hrtime|uptime|argv|cwd|nextTick)/.test(
        readFileSync(join(ROOT, file), 'utf8')
      )
    )

  t.same(impure, [])
  t.end()
})
