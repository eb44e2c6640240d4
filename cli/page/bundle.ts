import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type OutputFile } from 'esbuild-wasm'
import { RUN_MARK } from '../../shared/drawing/one-file.ts'
import { isStillSo, madeOf, type MadeOf } from './made-of.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where the console finds the page. */
export const DIST = join(ROOT, 'web/dist')
const SHELL = 'web/index.html'
const MADE_OF = 'made-of.json'

/** The files of the page, by name. */
export type Page = ReadonlyMap<string, Uint8Array>

/** Whether what is in `web/dist` was made of what the sources are now, by what makes it now. */
export function isUpToDate(): boolean {
  const there = join(DIST, MADE_OF)
  if (!existsSync(there)) return false
  return isStillSo(ROOT, JSON.parse(readFileSync(there, 'utf8')) as MadeOf)
}

/** How both forms of the page are made. */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  outdir: DIST,
  format: 'esm',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'silent'
} as const
/** The page may not make code of text; what tries would be reported at every start. */
const NO_EVALUATION = { 'globalThis.Function': 'undefined' }
/** What is loaded when it is needed, under names that hold, so that the page can ask for one of them once more. */
const PARTS = [
  { in: 'web/ui/inject/inject-panel.tsx', out: 'inject-panel' },
  { in: 'web/ui/inject/code-editor.ts', out: 'code-editor' },
  { in: 'web/ui/picture.ts', out: 'picture' }
]
const entriesWith = (styles: string) => [
  { in: 'web/main.tsx', out: 'main' },
  { in: `web/styles/${styles}`, out: 'main' }
]

/** Makes the page from `web/`, the same bytes from the same sources. Throws with what the compiler says of a mistake. */
export async function bundlePage(): Promise<Page> {
  // What only a part of the page needs is loaded with it; the file for one run has to have all that it needs.
  const served = await build({
    ...COMMON,
    entryPoints: [...entriesWith('main.css'), ...PARTS],
    splitting: true,
    define: { ...NO_EVALUATION, IS_ALONE: 'false' }
  })
  const alone = await build({
    ...COMMON,
    entryPoints: entriesWith('alone.css'),
    define: { ...NO_EVALUATION, IS_ALONE: 'true' }
  })
  const inputs = [
    ...new Set([...Object.keys(served.metafile.inputs), ...Object.keys(alone.metafile.inputs), SHELL])
  ].sort()
  const shell = readFileSync(join(ROOT, SHELL), 'utf8')
  return new Map([
    ...served.outputFiles.map(({ path, contents }) => [basename(path), contents] as const),
    ['index.html', Buffer.from(shell)],
    ['alone.html', Buffer.from(aloneOf(shell, alone.outputFiles))],
    [MADE_OF, Buffer.from(JSON.stringify(madeOf(ROOT, inputs)))]
  ])
}

/** The page as one file, into which a run is put in place of a mark. */
function aloneOf(shell: string, files: readonly OutputFile[]): string {
  const textOf = (name: string) => files.find(({ path }) => basename(path) === name)?.text ?? ''
  return shell
    .replace(/ *<link rel="stylesheet"[^>]*>\n/, () => `<style>${textOf('main.css')}</style>\n`)
    .replace(/ *<script [^>]*><\/script>\n/, '')
    .replace('</body>', () => `${RUN_MARK}\n<script type="module">${textOf('main.js')}</script>\n</body>`)
}

/** Puts a page where the console finds it, in place of the one before. */
export function writePage(page: Page): void {
  rmSync(DIST, { recursive: true, force: true })
  mkdirSync(DIST, { recursive: true })
  for (const [name, contents] of page) writeFileSync(join(DIST, name), contents)
}
