import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')
/** What interfaces run; the lab and tests are none. */
const PRODUCT = ['services/**/*.ts', 'cli/**/*.ts', 'shared/**/*.ts']
const ENTRY = /^(services|cli)\//
const SAYS_SO = 'No interface reaches it'

const DECLARATION = /^(?:export )?(?:async )?(?:function\*?|const|class|type|interface) (\w+)/gm
const IMPORT = /(?:import|export)\s+(?:type )?\{([^}]*)\}\s+from\s+'(\.[^']+)'/g
const IMPORT_ALL = /import \* as (\w+) from '(\.[^']+)'/g
const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/[^\n]*/g, '')

interface File {
  readonly text: string
  /** The text of each declaration at the top level, by its name. */
  readonly bodies: ReadonlyMap<string, string>
  /** By local name: the file it is from and its name there, `*` for all of it. */
  readonly imports: ReadonlyMap<string, readonly [string, string]>
}

function readFile(path: string): File {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const code = withoutComments(text)
  const found = [...code.matchAll(DECLARATION)]
  const bodies = found.map(({ index, 1: name = '' }, at) => [name, code.slice(index, found[at + 1]?.index)] as const)
  const from = (specifier: string) => normalize(join(dirname(path), specifier))
  const named = [...code.matchAll(IMPORT)].flatMap(([, names = '', specifier = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => {
        const [there = '', here = there] = name.split(' as ')
        return [here, [from(specifier), there]] as const
      })
  )
  const whole = [...code.matchAll(IMPORT_ALL)].map(
    ([, name = '', specifier = '']) => [name, [from(specifier), '*']] as const
  )
  return { text, bodies: new Map(bodies), imports: new Map([...named, ...whole]) }
}

const files = new Map(PRODUCT.flatMap((glob) => globSync(glob, { cwd: ROOT })).map((path) => [path, readFile(path)]))

/** Everything that an interface can come to, as `file#name`: a name in a reached declaration reaches what it names. */
function reached(): ReadonlySet<string> {
  const seen = new Set<string>()
  const waiting: (readonly [string, string])[] = []
  const reach = (path: string, name: string): void => {
    const file = files.get(path)
    if (file === undefined) return
    if (name === '*') return [...file.bodies.keys()].forEach((each) => reach(path, each))
    const again = file.bodies.has(name) ? undefined : file.imports.get(name)
    if (again !== undefined) return reach(...again)
    if (seen.has(`${path}#${name}`)) return
    seen.add(`${path}#${name}`)
    waiting.push([path, name])
  }
  for (const path of files.keys()) if (ENTRY.test(path)) reach(path, '*')
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, name] = next
    const { bodies, imports } = files.get(path) ?? {
      bodies: new Map<string, string>(),
      imports: new Map<string, readonly [string, string]>()
    }
    for (const word of new Set(bodies.get(name)?.match(/\w+/g))) {
      const imported = imports.get(word)
      if (bodies.has(word)) reach(path, word)
      else if (imported !== undefined) reach(...imported)
    }
  }
  return seen
}

const RULE = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*^export (?:async )?(?:function\*?|const) (\w+)/gm

void t.test('a rule that no interface reaches says so, and no other does', (t) => {
  const isReached = reached()
  for (const [path, { text }] of files) {
    for (const [, doc = '', name = ''] of text.matchAll(RULE)) {
      const at = doc.indexOf('Fidelity:')
      if (at < 0) continue
      const saysSo = doc
        .slice(at)
        .replaceAll(/\s+\*?\s*/g, ' ')
        .includes(SAYS_SO)
      t.equal(saysSo, !isReached.has(`${path}#${name}`), `${path}#${name}`)
    }
  }
  t.end()
})
