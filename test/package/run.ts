import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import t, { type Test } from 'tap'
import { guarded } from '../support/guarded.ts'
import { ROOT, type Ended } from '../support/programs.ts'

/**
 * `npm run test:package`: packs seabus, installs it into a project outside of the repository, and has that project's types checked
 * and its tests run; then everything that `docs/integration-tests.md` says. With `-- --node 22.19.0` the tests run on that Node
 * too, which is got from npm.
 */
t.setTimeout(1_800_000)
const { node: older } = parseArgs({ options: { node: { type: 'string' } } }).values
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
const TARBALL = `seabus-${version}.tgz`
/** What the project takes from here in place of the registry: the tools that look at it, and not what it is about. */
const TOOLS = ['typescript', 'tap', '@types/node', 'undici-types']

// Not below the repository, whose node_modules would be found.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'seabus-package-')))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const project = join(folder, 'project')
const clone = join(folder, 'seabus')

/** Runs a line of shell with a Node before all others in its path. */
async function shell(line: string, cwd: string, node = process.execPath): Promise<Ended> {
  // Variables of npm's would make another npm work on this project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NODE_OPTIONS|npm_|SEABUS_|TAP)/.test(name))
  )
  const path = `${dirname(node)}${delimiter}${process.env['PATH']}`
  const running = guarded('bash', ['-c', `set -o pipefail\n${line}`], { cwd, env: { ...env, PATH: path } })
  const [out, err, code] = await Promise.all([text(running.stdout), text(running.stderr), running.ended])
  return { code, out, err }
}

async function succeeds(t: Test, line: string, cwd = project, node?: string): Promise<string> {
  const { code, out, err } = await shell(line, cwd, node)
  t.equal(code, 0, code === 0 ? line : `${line}\n${out}\n${err}`)
  return `${out}${err}`
}

const DOC = readFileSync(join(ROOT, 'docs/integration-tests.md'), 'utf8')
const blocks = (language: string) =>
  [...DOC.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name, block = '']) => (name === language ? [block.trim()] : []))
const [PACK = '', INSTALL = '', TEST = ''] = blocks('sh')

void t.test('it is packed as the document says, without what only this repository needs', async (t) => {
  mkdirSync(clone)
  t.match(PACK, /^npm ci && npm pack$/)
  t.match(readFileSync(join(ROOT, '.ci/run'), 'utf8'), 'npm ci', 'its first half is run there')
  const npmPack = PACK.replace('npm ci && ', '')
  await succeeds(t, `${npmPack} --silent --pack-destination '${clone}'`, ROOT)

  const files = (await succeeds(t, `tar tzf ${TARBALL}`, clone)).trim().split('\n')
  for (const needed of [
    'package/dist/package/seabus.js',
    'package/dist/package/seabus.d.ts',
    'package/dist/web/dist/index.html'
  ]) {
    t.ok(files.includes(needed), needed)
  }
  t.same(
    files.filter((file) => /(?<!\.d)\.tsx?$|^package\/(test|bench|node_modules)\//.test(file)),
    [],
    'no sources that no Node could run from there'
  )
  const manifest = await succeeds(t, `tar xzOf ${TARBALL} package/package.json`, clone)
  t.notMatch(
    manifest,
    /optionalDependencies|"(pre|post)?install"|"prepare"|esbuild|preact/,
    'nor what nobody who installs it needs'
  )
})

void t.test('it installs into another project, as the document says, without a warning', async (t) => {
  cpSync(join(ROOT, 'examples/integration-test'), project, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Record<string, unknown>
  t.equal((manifest['devDependencies'] as Record<string, string>)['seabus'], version, 'this very version')
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, devDependencies: {} }))
  t.match(INSTALL, TARBALL)

  const said = await succeeds(t, `${INSTALL} --prefer-offline --no-audit --no-fund`)
  t.notMatch(said, 'npm warn')
  for (const tool of TOOLS) {
    const place = join(project, 'node_modules', tool)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', tool), place)
  }
  for (const [index, block] of blocks('ts').entries()) {
    writeFileSync(join(project, `test/document-${index}.test.ts`), block)
  }
})

void t.test('its types hold, strictly and with those of all that it is made of', async (t) => {
  await succeeds(t, 'node node_modules/typescript/bin/tsc')
})

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'examples/integration-test/package.json'), 'utf8')) as {
  scripts: { test: string }
}

async function everythingRuns(t: Test, node: string): Promise<void> {
  const own = await succeeds(t, scripts.test, project, node)
  t.match(own, /# pass [1-9]\d*\n# fail 0|ℹ pass [1-9]\d*\nℹ fail 0/)
  t.match(own, /# \{ total: [1-9]/, 'and those with tap')
  t.equal(TEST, 'node --test')
  const documented = await succeeds(t, `${TEST} test/document-*.test.ts`, project, node)
  t.match(documented, /# fail 0|ℹ fail 0/)
  const told = await succeeds(t, 'npx seabus run node_modules/seabus/dist/scenarios/01-story.yaml', project, node)
  t.match(told, 'as expected')
}

void t.test('its tests pass, and those of the document, and the command line is there', async (t) => {
  await everythingRuns(t, process.execPath)
})

if (older !== undefined) {
  void t.test(`and so they do on Node ${older}`, async (t) => {
    const name = `node-${process.platform}-${process.arch}`
    const place = join(folder, 'older')
    mkdirSync(place)
    writeFileSync(join(place, 'package.json'), '{}')
    await succeeds(t, `npm install ${name}@${older} --prefer-offline --no-audit --no-fund`, place)
    const node = join(place, 'node_modules', name, 'bin/node')
    t.equal((await succeeds(t, 'node --version', project, node)).trim(), `v${older}`)
    await everythingRuns(t, node)
  })
}
