import { plainLines } from '../contracts/plain-text.ts'
import { explanationOf } from './explain.ts'
import { verdictSentence, type VerdictSentence } from '../story/verdict-sentence.ts'
import { narrate, type Telling } from '../trace/narrate.ts'
import type { Failure } from './check-expectation.ts'
import { plainResult } from './plain-result.ts'
import type { Result } from './run-scenario.ts'

/**
 * A run for people: what happened, how it ended, and where that is not what the file expects; `explain` adds what was
 * expected, what came of it, and all that can be.
 */
export function resultText(ran: Result, { explain = false }: { readonly explain?: boolean } = {}): string {
  const result = plainResult(ran)
  const { title, unmodelled } = result
  return [
    title,
    ...(unmodelled === undefined ? [] : [`UNMODELLED: ${unmodelled}`]),
    '',
    ...storyLines(result, { also: ordersIn(result), foldsBoots: true }),
    ...endText(result),
    ...(explain ? ['', ...explanationOf(result)] : [])
  ].join('\n')
}

/** What happened in a run, what came of it, and how everyone ended. */
export function storyLines(
  { journal, outcome, cell }: Pick<Result, 'journal' | 'outcome' | 'cell'>,
  telling: Telling
): readonly string[] {
  return [
    ...narrate(journal, telling),
    '',
    ...sentenceLines(plainLines(verdictSentence(journal, { outcome }))),
    `${cell}: ${outcomeLine(outcome)}`
  ]
}

/** What came of a run in a sentence, and what would have been better. */
export const sentenceLines = ({ text, better }: VerdictSentence): readonly string[] => [
  text,
  ...(better === undefined ? [] : [`better: ${better.text}`])
]

const NOTHING_EXPECTED =
  'NOTHING EXPECTED: the file has no expect, so this run proves nothing; --explain says what it could expect'

/** The entries that failures speak of: whoever reads of #157 finds it in the narrative. */
export function ordersIn({ failures, changed }: Pick<Result, 'failures' | 'changed'>): ReadonlySet<number> {
  const all = [...failures, ...(changed?.differs ?? [])]
  return new Set(
    all.flatMap(({ order, further = [] }) => [
      ...(order === undefined ? [] : [order]),
      ...further.map((one) => one.order)
    ])
  )
}

function endText({ expected, failures, changed }: Result): readonly string[] {
  if (expected === undefined)
    return [...(changed === undefined ? [] : [`changed: ${changed.what.join(', ')}`]), NOTHING_EXPECTED]
  if (changed === undefined) {
    const end = failures.length === 0 ? 'as expected' : `NOT AS EXPECTED: ${failures.length} of its expectations failed`
    return [...failures.map(failureText), end]
  }
  const { differs } = changed
  return [changedText(changed), ...differs.map(failureText)]
}

/** What a run that was changed has to do with what its file expects. */
export function changedText({ what, differs }: NonNullable<Result['changed']>): string {
  const how = what.join(', ')
  if (differs.length === 0) return `changed: ${how}; it ends as the file expects without that`
  return `changed: ${how}; without that the file expects otherwise:`
}

/** One line that says how everyone ended. */
export function outcomeLine(outcome: Result['outcome']): string {
  const { host, firmware, vms, guests, panics, tasks, processes, signals, poisonedPages } = outcome
  const each = (parts: Readonly<Record<string, string>>) =>
    Object.entries(parts).map(([name, state]) => `${name} ${state}`)
  const flags = (['avoidablePanic', 'silentCorruption', 'livelock', 'untold'] as const).filter((flag) => outcome[flag])
  return [
    `host ${host}`,
    ...(firmware === 'running' ? [] : [`firmware ${firmware}`]),
    ...each(vms),
    ...guestsText(guests),
    ...(panics.guest > 0 && !Object.values(guests).includes('panicked') ? ['a guest panicked before'] : []),
    ...(panics.host > 0 && host === 'running' ? ['the host panicked before'] : []),
    ...each(tasks),
    ...each(processes),
    ...(signals.length === 0 ? [] : [`VMM got ${signals.join(' ')}`]),
    `poisoned pages ${poisonedPages.host} host, ${poisonedPages.guest} guest`,
    ...flags
  ].join('; ')
}

/** One guest needs no name. */
function guestsText(guests: Result['outcome']['guests']): readonly string[] {
  const all = Object.entries(guests)
  return all.map(([vm, state]) => (all.length === 1 ? `guest ${state}` : `guest of ${vm} ${state}`))
}

/** What was expected, what there is, and the entries that came nearest, under the numbers that the narrative gives them. */
export function failureText(failure: Failure): string {
  const { expectation, says, expected, got, nearest, differs = [], further = [] } = failure
  return [
    `  ${expectation}: ${says}`,
    ...(expected === undefined ? [] : [`      expected: ${expected}`]),
    ...(got === undefined ? [] : [`      got:      ${got}`]),
    ...(nearest === undefined ? [] : [`      nearest:  ${nearest}`]),
    ...differs.map((line) => `      differs:  ${line}`),
    ...further.map((one) => `      nearest:  ${one.nearest}`)
  ].join('\n')
}
