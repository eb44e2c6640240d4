import type { RunSummary } from '../data/runs.ts'
import { RUN_ELEMENT, type CarriedRun } from '../../shared/drawing/one-file.ts'
import { linkTo } from '../model/permalink.ts'
import { currentRun } from './current-run.ts'
import { forCurl, hasConsole } from './origin.ts'
import { OpenRun } from './open-run.ts'
import { rules } from './rules.ts'

/** Opens the run that this file carries. */
export function openCarriedRun(): void {
  const text = document.getElementById(RUN_ELEMENT)?.textContent
  if (text === undefined) return
  const { summary, journal, rules: carried, origin } = JSON.parse(text) as CarriedRun<RunSummary>
  rules.value = carried
  // The file has an address of its own, at which nobody answers a command.
  hasConsole.value = origin !== undefined
  if (origin !== undefined) forCurl.value = { origin, asksToken: false }
  const run = new OpenRun(summary.id)
  run.summary.value = summary
  run.append(journal)
  run.status.value = 'ended'
  currentRun.value = run
  if (!location.hash.startsWith('#/run/')) history.replaceState(null, '', linkTo({ view: 'run', run: run.id }))
}
