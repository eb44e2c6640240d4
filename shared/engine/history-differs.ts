import type { Layer } from '../contracts/layer.ts'
import type { Effect, Input, Refusal } from '../model/step.ts'
import { effectsForPeople, effectsText } from './effects-text.ts'
import type { StoredInput } from './store.ts'

/** The models of this seabus do something else than what was recorded. The message is for people. */
export class HistoryDiffers extends Error {
  override readonly name = 'HistoryDiffers'

  /** `why` says what was done and what would be done now; `origin` what the data are and who wrote them. */
  constructor(layer: Layer, { seq, machine, type, id }: StoredInput, why: string, origin = 'what is kept') {
    const row = seq === undefined ? '' : `row ${seq}: `
    super(
      `${layer} does not do again what it has done, from ${row}${machine}, ${type} ${id} on: ${why}. ` +
        `Nothing in ${origin} was changed: run the seabus that wrote it, or have it as text by "npx seabus doctor --export" ` +
        'and begin in another directory'
    )
  }
}

/** What a model has done now, instead of what is kept. */
export class OtherEffects extends Error {}

/** Throws OtherEffects unless the model has done what is kept; a row that does not say what was done fits any. */
export function holdAgainst(
  kept: string | undefined,
  input: Input,
  taken: { readonly effects: readonly Effect[] } | { readonly refusal: Refusal }
): void {
  if ('refusal' in taken) throw new OtherEffects(`it was taken in, and now it is refused with ${taken.refusal.code}`)
  if (kept === undefined) return
  const now = effectsText(input, taken.effects)
  if (now === kept) return
  throw new OtherEffects(`it did ${effectsForPeople(kept, input.id)}, and now ${effectsForPeople(now, input.id)}`)
}
