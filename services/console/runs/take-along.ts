import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { withRun } from '../../../shared/drawing/one-file.ts'
import { runSvg } from '../../../shared/drawing/run-svg.ts'
import type { Theme } from '../../../shared/drawing/svg-writer.ts'
import { rulesOf, type PlacedRules } from '../../../shared/rows/rule.ts'
import type { PageFiles } from '../page.ts'
import type { RunReading } from './run-reading.ts'

const RULES = new URL('../../../docs/fidelity.json', import.meta.url)

/** What a browser that opens a picture by itself may do: show it. */
export const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** The story of a run as a picture. Throws ProblemError for one that there is not. */
export async function pictureOf(reading: RunReading, id: string, theme: Theme): Promise<string> {
  const { state, ...summary } = reading.summary(id)
  return runSvg(
    { ...summary, journal: await reading.journal(id), isRunning: state !== 'ended', hasFailed: state === 'failed' },
    { theme }
  )
}

/** The page as one file with one run in it, and what a browser that opens it here may do. */
export interface PageOfRun {
  readonly page: string
  readonly policy: string
}

/**
 * `origin` is where this console is, for the commands in the page. Throws ProblemError for a run that there is not, and
 * where the page has not been built.
 */
export async function pageOf(files: PageFiles, reading: RunReading, id: string, origin: string): Promise<PageOfRun> {
  const summary = reading.summary(id)
  const alone = files.get('alone.html')?.body.toString()
  if (alone === undefined) {
    throw new ProblemError('page-absent', 'npm run build makes it; then the console has to be started again')
  }
  const journal = await reading.journal(id)
  const rules = JSON.parse(await readFile(RULES, 'utf8')) as PlacedRules
  return {
    page: withRun(alone, { summary, journal, rules: rulesOf(journal, rules), origin }),
    policy: policyFor(alone)
  }
}

/** Its own script runs, as it was built, and nothing else does; it asks nobody. */
function policyFor(page: string): string {
  const scripts = [...page.matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, script = '']) => script)
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}
