import { computed, effect, signal } from '@preact/signals'
import { givenFile, type Given } from '../model/inject/given-file.ts'
import { mistakesOf } from '../model/inject/mistakes.ts'
import { PRESETS, scenarioText } from '../model/inject/presets.ts'
import { given } from './given.ts'

const [FIRST] = PRESETS
/** The scenario that is being written. */
export const draft = signal(FIRST === undefined ? '' : scenarioText(FIRST))
/** What its mistakes call it. */
export const draftName = signal('scenario.yaml')
export const mistakes = computed(() => mistakesOf(draft.value, draftName.value))
/** The record or table that was given last. */
export const shownBytes = signal<Extract<Given, { readonly kind: 'bytes' }> | undefined>(undefined)

export function write(text: string, name = draftName.peek()): void {
  draft.value = text
  draftName.value = name
}

/** Puts what is given where it belongs: a scenario into the editor, bytes beside it. */
effect(() => {
  if (given.value === undefined) return
  const file = givenFile(given.value.name, given.value.bytes)
  if (file.kind === 'scenario') write(file.text, file.name)
  shownBytes.value = file.kind === 'bytes' ? file : undefined
})
