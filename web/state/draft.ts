import { computed, effect, signal } from '@preact/signals'
import type { TextError } from '../../shared/contracts/problem.ts'
import { Refused } from '../data/api.ts'
import { givenFile, type Given } from '../model/inject/given-file.ts'
import { mistakeIn, mistakesOf, type Mistake } from '../model/inject/mistakes.ts'
import { PRESETS, scenarioText } from '../../shared/scenario/presets.ts'
import { given } from './given.ts'
import { tell } from './notice.ts'
import { offers } from './offers.ts'

const [FIRST] = PRESETS
/** The scenario that is being written. */
export const draft = signal(FIRST === undefined ? '' : scenarioText(FIRST))
/** What its mistakes call it. */
export const draftName = signal('scenario.yaml')
/** What the console has found wrong with a text; it may know more than the page. */
const refused = signal<{ readonly text: string; readonly mistakes: readonly Mistake[] } | undefined>(undefined)
export const mistakes = computed(() => {
  const found = mistakesOf(draft.value, draftName.value, offers.value)
  return found.length === 0 && refused.value?.text === draft.value ? refused.value.mistakes : found
})
/** The record or table that was given last. */
export const shownBytes = signal<Extract<Given, { readonly kind: 'bytes' }> | undefined>(undefined)

/** What stood in the editor before something else was put there; undefined where nothing is lost by it. */
export const replaced = signal<{ readonly text: string; readonly name: string } | undefined>(undefined)

/** Puts a whole scenario in the place of what stands in the editor, which can be put back unless it is a preset. */
export function put(text: string, name: string): void {
  const before = { text: draft.peek(), name: draftName.peek() }
  write(text, name)
  const isKept = before.text === draft.peek() || PRESETS.some((preset) => scenarioText(preset) === before.text)
  if (!isKept) replaced.value = before
  else if (replaced.peek()?.text === draft.peek()) replaced.value = undefined
}

/** Puts back what stood there; what stands there now can be put back in turn. */
export function putBack(): void {
  const before = replaced.peek()
  replaced.value = undefined
  if (before !== undefined) put(before.text, before.name)
}

/** Of what is written. */
export function write(text: string, name = draftName.peek()): void {
  // As editors count them, a line ends with one character.
  draft.value = text.replaceAll(/\r\n?/g, '\n')
  draftName.value = name
}

/** Marks what the console says is wrong with a text; false where it says nothing of its lines. */
export function markRefused(text: string, error: unknown): boolean {
  if (!(error instanceof Refused) || error.problem.code !== 'scenario-invalid') return false
  const errors = (error.problem.errors ?? []) as readonly TextError[]
  refused.value = { text, mistakes: errors.map((one) => mistakeIn(text, draftName.peek(), one)) }
  return errors.length > 0
}

/** Puts what is given where it belongs: a scenario into the editor, bytes beside it. */
effect(() => {
  if (given.value === undefined) return
  const file = givenFile(given.value.name, given.value.bytes)
  if (file.kind === 'none') return tell(`${file.name} is ${file.says}`)
  if (file.kind === 'scenario') put(file.text, file.name)
  shownBytes.value = file.kind === 'bytes' ? file : undefined
})
