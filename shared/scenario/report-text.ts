import { narrate } from '../trace/narrate.ts'
import type { Failure } from './check-expectation.ts'
import type { Result } from './run-scenario.ts'

/** A run for people: what happened, how it ended, and where that is not what the file expects. */
export function resultText({ title, unmodelled, journal, outcome, cell, failures }: Result): string {
  return [
    title,
    ...(unmodelled === undefined ? [] : [`UNMODELLED: ${unmodelled}`]),
    '',
    ...narrate(journal),
    '',
    `${cell}: ${outcomeLine(outcome)}`,
    ...failures.map(failureText),
    failures.length === 0 ? 'as expected' : `NOT AS EXPECTED: ${failures.length} of its expectations failed`
  ].join('\n')
}

/** One line that says how everyone ended. */
export function outcomeLine(outcome: Result['outcome']): string {
  const { host, firmware, vms, guest, tasks, processes, signals, poisonedPages } = outcome
  const each = (parts: Readonly<Record<string, string>>) =>
    Object.entries(parts).map(([name, state]) => `${name} ${state}`)
  const flags = (['avoidablePanic', 'silentCorruption', 'livelock'] as const).filter((flag) => outcome[flag])
  return [
    `host ${host}`,
    ...(firmware === 'running' ? [] : [`firmware ${firmware}`]),
    ...each(vms),
    ...(Object.keys(vms).length === 0 ? [] : [`guest ${guest}`]),
    ...each(tasks),
    ...each(processes),
    ...(signals.length === 0 ? [] : [`VMM got ${signals.join(' ')}`]),
    `poisoned pages ${poisonedPages.host} host, ${poisonedPages.guest} guest`,
    ...flags
  ].join('; ')
}

export function failureText({ expectation, says, nearest, differs = [] }: Failure): string {
  return [
    `  ${expectation}: ${says}`,
    ...(nearest === undefined ? [] : [`      nearest: ${nearest}`]),
    ...differs.map((line) => `      differs: ${line}`)
  ].join('\n')
}
