import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')

interface Import {
  readonly file: string
  /** A path from the root for our own files, otherwise the bare specifier. */
  readonly target: string
}

const files = ['shared', 'services', 'lab', 'cli', 'package', 'web'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
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

const withoutComments = (text: string) => text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
const isOurs = ({ target }: Import) => files.includes(target)
const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`)

/** Which of our folders a folder may import from, besides itself; from the ground up. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'shared/formats': [],
  'shared/sparse': [],
  'shared/contracts': ['shared/formats'],
  'shared/linux': ['shared/contracts', 'shared/formats', 'shared/sparse'],
  'shared/model': ['shared/contracts'],
  'shared/trace': ['shared/contracts', 'shared/formats', 'shared/model'],
  'shared/story': ['shared/contracts', 'shared/formats', 'shared/trace'],
  'shared/rows': ['shared/contracts', 'shared/formats', 'shared/story', 'shared/trace'],
  'shared/drawing': ['shared/contracts', 'shared/formats', 'shared/rows', 'shared/story', 'shared/trace'],
  'shared/transport': ['shared/contracts'],
  'shared/engine': ['shared/contracts', 'shared/model', 'shared/trace', 'shared/transport'],
  'shared/service': ['shared/contracts', 'shared/engine', 'shared/model', 'shared/trace', 'shared/transport'],
  'shared/machine-room': ['shared/contracts', 'shared/engine', 'shared/model', 'shared/trace', 'shared/transport'],
  'shared/scenario': ['shared/contracts', 'shared/formats', 'shared/machine-room', 'shared/story', 'shared/trace'],
  lab: ['shared/formats', 'shared/linux', 'shared/sparse'],
  web: [
    'shared/contracts',
    'shared/formats',
    'shared/rows',
    'shared/drawing',
    'shared/scenario',
    'shared/story',
    'shared/trace'
  ]
}
/** Folders whose code is pure: no I/O, no clock, no randomness. */
const PURE = ['shared/formats', 'shared/sparse', 'shared/contracts', 'shared/linux', 'shared/model']
/** Folders that say how a run looks, the same at each time. */
const DRAWN = ['shared/rows', 'shared/drawing']
/** Folders that a page in a browser may import. */
const FOR_BROWSERS = [
  'shared/contracts',
  'shared/formats',
  'shared/model',
  'shared/rows',
  'shared/drawing',
  'shared/story',
  'shared/trace'
]
/** What a model may use of `shared`. */
const FOR_MODELS = [...PURE]

void t.test('there is something to check', (t) => {
  t.ok(files.length > 50)
  t.ok(imports.length > 100)
  t.end()
})

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  void t.test(`${folder} imports of ours only itself and ${allowed.join(', ') || 'nothing else'}`, (t) => {
    const wrong = imports.filter(
      (one) =>
        within(folder)(one.file) && isOurs(one) && ![folder, ...allowed].some((other) => within(other)(one.target))
    )

    t.same(wrong, [])
    t.end()
  })
}

void t.test('a service imports shared and itself, never another service', (t) => {
  const wrong = imports.filter((one) => {
    const own = /^services\/[^/]+(?=\/)/.exec(one.file)?.[0]
    return own !== undefined && within('services')(one.target) && !within(own)(one.target)
  })

  t.same(wrong, [])
  t.end()
})

void t.test('every folder of shared has its rule', (t) => {
  const folders = new Set(files.flatMap((file) => /^shared\/[^/]+/.exec(file)?.[0] ?? []))
  t.same(
    [...folders].filter((folder) => !Object.hasOwn(MAY_IMPORT, folder)),
    []
  )
  t.end()
})

void t.test('the lab is imported by the command line alone', (t) => {
  const wrong = imports.filter(
    (one) => within('lab')(one.target) && !within('lab')(one.file) && !within('cli')(one.file)
  )

  t.same(wrong, [])
  t.end()
})

void t.test('the package is made of shared and services, and nobody but its users imports it', (t) => {
  const builds = join('package', 'build.ts')
  const wrong = imports.filter(
    (one) =>
      (within('package')(one.file) &&
        one.file !== builds &&
        isOurs(one) &&
        !/^(?:package|services|shared)\//.test(one.target)) ||
      (within('package')(one.target) && !within('package')(one.file))
  )

  t.same(wrong, [])
  t.end()
})

void t.test('what of the page is not drawing runs without a browser, and nobody else imports the page', (t) => {
  const models = files.filter(within('web/model'))
  const touches =
    /\b(?:document|window|location|(?:local|session)Storage|navigator|Date)\.|\b(?:fetch|set(?:Timeout|Interval))\(|new Date\b/

  t.ok(models.length > 10)
  t.same(
    models.filter((file) => touches.test(withoutComments(readFileSync(join(ROOT, file), 'utf8')))),
    []
  )
  t.same(
    imports.filter(
      (one) => within('web/model')(one.file) && isOurs(one) && !/^(?:web\/model|shared)\//.test(one.target)
    ),
    []
  )
  t.same(
    imports.filter((one) => within('web')(one.target) && !within('web')(one.file)),
    []
  )
  t.same(
    imports.filter((one) => within('web')(one.file) && one.target.startsWith('node:')),
    []
  )
  t.end()
})

void t.test('no file reaches itself through what it imports', (t) => {
  const targets = Map.groupBy(imports.filter(isOurs), ({ file }) => file)
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) circles.push([...path.slice(at), file].join(' -> '))
    if (at >= 0 || done.has(file)) return
    for (const { target } of targets.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])

  t.same(circles, [])
  t.end()
})

void t.test('what a browser can use too imports no node: module', (t) => {
  const wrong = imports.filter(
    ({ file, target }) => FOR_BROWSERS.some((folder) => within(folder)(file)) && target.startsWith('node:')
  )

  t.same(wrong, [])
  t.end()
})

/** Whether a file only names types of another, which is gone when it runs. */
function isForTypes({ file, target }: Import): boolean {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const statements = [...text.matchAll(/^import\s+(type\s)?[^']*'([^']+)'/gm)]
  const own = statements.filter(([, , specifier = '']) => join(dirname(file), specifier) === target)
  return own.length > 0 && own.every(([, isType]) => isType !== undefined)
}

void t.test('the checker of scenario files reaches no node: module, so that a page has it too', (t) => {
  const reached = new Set(['shared/scenario/read-scenario.ts'])
  for (const file of reached) {
    const targets = imports.filter((one) => one.file === file && isOurs(one) && !isForTypes(one))
    for (const { target } of targets) reached.add(target)
  }

  t.same(
    imports.filter(({ file, target }) => reached.has(file) && target.startsWith('node:')),
    []
  )
  t.ok(reached.size > 10)
  t.end()
})

void t.test('what a model is made of imports no node: module, and of shared only what is pure', (t) => {
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
      pure.has(file) &&
      (target.startsWith('node:') || (within('shared')(target) && !FOR_MODELS.some((folder) => within(folder)(target))))
  )

  t.same(wrong, [])
  t.end()
})

void t.test('the formats run in a browser: nothing of Node is named in them', (t) => {
  const ofNode = files
    .filter(within('shared/formats'))
    .filter((file) =>
      /\b(?:Buffer|process|require|setImmediate|__dirname)\b|['"]node:/.test(
        withoutComments(readFileSync(join(ROOT, file), 'utf8'))
      )
    )

  t.same(ofNode, [])
  t.end()
})

void t.test('pure code reads no clock and makes no random value', (t) => {
  const impure = files
    .filter(
      (file) => [...PURE, ...DRAWN].some((folder) => within(folder)(file)) || /^services\/.*\/model\.ts$/.test(file)
    )
    .filter((file) =>
      /\bDate\b|Math\.random|randomUUID|performance\.now|process\.(?:env|hrtime|uptime|argv|cwd|nextTick)/.test(
        readFileSync(join(ROOT, file), 'utf8')
      )
    )

  t.same(impure, [])
  t.end()
})
