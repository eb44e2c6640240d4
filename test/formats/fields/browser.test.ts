import { createContext, runInContext } from 'node:vm'
import { join } from 'node:path'
import { build } from 'esbuild-wasm'
import t from 'tap'
import { FIELD_KINDS } from '../../../shared/formats/fields/fields-of.ts'
import { SEEDS } from './kinds.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** As the page's build makes it of what a page would write. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { fieldsOf } from './shared/formats/fields/fields-of.ts'
                 export { bytesOf } from './shared/contracts/structures/bytes-of.ts'`,
      resolveDir: ROOT,
      loader: 'ts'
    },
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'seabus',
    define: { 'globalThis.Function': 'undefined' },
    write: false,
    logLevel: 'silent'
  })
  return outputFiles[0]?.text ?? ''
}

void t.test('field maps and the bytes of an entry are made where there is nothing of Node', async (t) => {
  const context = createContext({ atob }, { codeGeneration: { strings: false, wasm: false } })
  runInContext(await bundled(), context)

  for (const kind of FIELD_KINDS) {
    for (const seed of SEEDS[kind]) {
      const call = `seabus.fieldsOf(${JSON.stringify(kind)}, Uint8Array.from([${String([...seed])}])).root.length`
      t.equal(runInContext(call, context), seed.length, kind)
    }
  }
  const entry = {
    kind: 'message',
    type: 'error-record.submit',
    from: 'outside',
    to: 'firmware',
    data: { bytes: 'AAAA' }
  }
  t.equal(runInContext(`seabus.bytesOf(${JSON.stringify(entry)})[0].bytes.length`, context), 3)
})
