import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { program, ROOT, stillClock } from '../support/programs.ts'

const WATCH = new URL('../support/loaded-files.mjs', import.meta.url).href
/** What the help of a program may load: itself, what its commands are, the tables of layers and of variables, texts. */
const LIGHT = [
  /^cli\/(commands\/)?[^/]+$/,
  /^node_modules\/commander\//,
  /^shared\/contracts\/(layer|plain-text|release)\.ts$/,
  /^shared\/service\/variables\.ts$/,
  /^test\/support\//
]

/** The files that a program loads until it ends, from the root. */
async function loadedBy(script: string, args: readonly string[]) {
  const { code, err, out } = await program(script, args, { NODE_OPTIONS: `${stillClock()} --import=${WATCH}` }).ended
  const files = [...err.matchAll(/^loaded (.*)$/gm)].map(([, url = '']) => relative(ROOT, fileURLToPath(url)))
  return { code, out, files }
}

for (const [script, args] of [
  ['cli/seabus.ts', ['--help']],
  ['cli/seabus.ts', ['matrix', '--help']],
  ['cli/start.ts', ['--help']],
  ['cli/service.ts', ['--help']]
] as const) {
  void t.test(
    `${script} ${args.join(' ')} loads no model, and of libraries what reads the command line alone`,
    async (t) => {
      const { code, out, files } = await loadedBy(script, args)

      t.equal(code, 0)
      t.not(out, '')
      t.ok(files.includes(script))
      t.strictSame(
        files.filter((file) => !LIGHT.some((like) => like.test(file))),
        []
      )
    }
  )
}

void t.test('a command loads what it needs and no other command', async (t) => {
  const { code, files } = await loadedBy('cli/seabus.ts', ['fidelity'])

  t.equal(code, 0)
  t.strictSame(
    files.filter((file) => file.startsWith('cli/actions/')),
    ['cli/actions/fidelity.ts']
  )
})
