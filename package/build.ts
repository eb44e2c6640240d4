import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundlePage, isUpToDate, writePage } from '../cli/page/bundle.ts'

/** Before `npm pack`: makes `dist/`, which is what others install. JavaScript and types lie there as the sources do here. */
const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
/** What a thread of the command line begins with; each face of the package says so itself. */
const PROGRAMS = {
  'cli/seabus.js': '../package/older-node.js',
  'cli/parallel/worker.js': '../../package/older-node.js'
}
/** What programs read beside themselves. */
const READ = ['scenarios', 'docs', 'web/dist']

rmSync(DIST, { recursive: true, force: true })
// No Node runs TypeScript out of node_modules.
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', join(import.meta.dirname, 'tsconfig.build.json')], {
  stdio: ['ignore', 2, 2]
})
if (status !== 0) process.exit(1)
for (const [program, first] of Object.entries(PROGRAMS)) {
  const path = join(DIST, program)
  writeFileSync(path, `import '${first}'\n${readFileSync(path, 'utf8')}`)
}
if (!isUpToDate()) writePage(await bundlePage())
for (const folder of READ) cpSync(join(ROOT, folder), join(DIST, folder), { recursive: true })
console.error('the package is in dist')
