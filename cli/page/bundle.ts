import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild-wasm'

const ROOT = join(import.meta.dirname, '../..')
/** Where the console finds the page. */
export const DIST = join(ROOT, 'web/dist')
const SHELL = 'web/index.html'
const MADE_OF = 'made-of.json'

/** What a page was made of, by path from the root, and the digest of all that. */
interface MadeOf {
  readonly digest: string
  readonly inputs: readonly string[]
}

/** The files of the page, by name. */
export type Page = ReadonlyMap<string, Uint8Array>

/** Whether what is in `web/dist` was made of what the sources are now. */
export function isUpToDate(): boolean {
  const there = join(DIST, MADE_OF)
  if (!existsSync(there)) return false
  const { digest, inputs } = JSON.parse(readFileSync(there, 'utf8')) as MadeOf
  return inputs.every((path) => existsSync(join(ROOT, path))) && digestOf(inputs) === digest
}

/** Makes the page from `web/`, the same bytes from the same sources. Throws with what the compiler says of a mistake. */
export async function bundlePage(): Promise<Page> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [
      { in: 'web/main.tsx', out: 'main' },
      { in: 'web/styles/main.css', out: 'main' }
    ],
    outdir: DIST,
    bundle: true,
    // What only a part of the page needs is loaded with it.
    splitting: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent'
  })
  const inputs = [...Object.keys(metafile.inputs), SHELL].sort()
  const madeOf: MadeOf = { digest: digestOf(inputs), inputs }
  return new Map([
    ...outputFiles.map(({ path, contents }) => [basename(path), contents] as const),
    ['index.html', readFileSync(join(ROOT, SHELL))],
    [MADE_OF, Buffer.from(JSON.stringify(madeOf))]
  ])
}

/** Puts a page where the console finds it, in place of the one before. */
export function writePage(page: Page): void {
  rmSync(DIST, { recursive: true, force: true })
  mkdirSync(DIST, { recursive: true })
  for (const [name, contents] of page) writeFileSync(join(DIST, name), contents)
}

function digestOf(inputs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of inputs)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0')
  return hash.digest('hex')
}
