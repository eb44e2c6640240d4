import { canonicalJson } from '../contracts/canonical-json.ts'
import type { Effect, Input } from '../model/step.ts'
import { digestOf } from './digest.ts'

/**
 * What a model did upon an input, short enough to be kept with it: what, id and type of each effect, and a digest of all that
 * they say. A restart does the same inputs again and holds what comes of them against this.
 */

const LETTERS = { send: 's', ask: 'q', answer: 'a', timer: 't', note: 'n', refusal: 'r' } as const
const KINDS = Object.fromEntries(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind]))

/** Stands for the id of the input, with which most ids of effects begin. */
const OF_INPUT = '~'

const shortened = (id: string, of: string) => (id.startsWith(of) ? OF_INPUT + id.slice(of.length) : id)

function nameOf(effect: Effect, { id }: Input): string {
  const letter = LETTERS[effect.kind]
  switch (effect.kind) {
    case 'answer':
      return `${letter} ${shortened(effect.to, id)}`
    case 'refusal':
      return `${letter} ${shortened(effect.input?.id ?? id, id)} ${effect.code}`
    default:
      return `${letter} ${shortened(effect.id, id)} ${effect.type}`
  }
}

/** What is kept of the effects of an input; empty when there are none. */
export function effectsText(input: Input, effects: readonly Effect[]): string {
  if (effects.length === 0) return ''
  const names = effects.map((effect) => nameOf(effect, input)).join('\n')
  return `${digestOf(canonicalJson(effects)).toString(36)}\n${names}`
}

/** The same for people: which effects there were, by their ids and types. */
export function effectsForPeople(text: string, input: string): string {
  const [digest = '', ...names] = text.split('\n')
  if (names.length === 0) return 'nothing'
  const each = names.map((name) => {
    const [letter = '', id = '', type] = name.split(' ')
    const full = id.startsWith(OF_INPUT) ? input + id.slice(OF_INPUT.length) : id
    return [KINDS[letter] ?? letter, type, full].filter((part) => part !== undefined).join(' ')
  })
  return `${each.join(', ')} (${digest})`
}
