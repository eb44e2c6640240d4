import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from 'esbuild-wasm'

/** What makes the page beside its sources: where this has changed, it is made anew. */
const MADE_BY = ['cli/page/bundle.ts', 'cli/page/made-of.ts']

/** What a page was made of, by path from the root, and the digest of all that and of what made it. */
export interface MadeOf {
  readonly digest: string
  readonly inputs: readonly string[]
}

/** What a page is made of as it lies below a root now. Throws where one of it is missing. */
export function madeOf(root: string, inputs: readonly string[]): MadeOf {
  const hash = createHash('sha256').update(`${version}\0`)
  for (const path of [...inputs, ...MADE_BY])
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0')
  return { digest: hash.digest('hex'), inputs }
}

/** Whether a page would be made of the same, by the same. */
export const isStillSo = (root: string, { inputs, digest }: MadeOf): boolean =>
  [...inputs, ...MADE_BY].every((path) => existsSync(join(root, path))) && madeOf(root, inputs).digest === digest
