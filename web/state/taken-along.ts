import { withRun } from '../../shared/drawing/one-file.ts'
import { rulesOf } from '../../shared/rows/rule.ts'
import type { OpenRun } from './open-run.ts'
import { ask } from '../data/api.ts'
import { readRules } from '../data/rules.ts'

/** A run as the console gives it in one of its formats. */
export async function runAs({ id }: OpenRun, format: 'html' | 'mermaid'): Promise<string> {
  const path = `/v1/runs/${encodeURIComponent(id)}?format=${format}`
  return (await ask(path, { accept: '*/*' })).text()
}

/** The page as one file; of a machine the console has none, and it is made here, of what has come so far. */
export async function pageOf(run: OpenRun): Promise<string> {
  if (run.kind === 'run') return runAs(run, 'html')
  const page = await (await ask(new URL('alone.html', import.meta.url).pathname, { accept: 'text/html' })).text()
  const journal = run.model.entries
  const rules = rulesOf(journal, await readRules())
  return withRun(page, { summary: run.summary.value, journal, rules, origin: location.origin })
}
