import type { KernelEvent } from '../shared/linux/kernel/state.ts'
import { isPrintLimit, type Choice } from './choice.ts'
import type { JsonObject } from './recording.ts'

/** One legal outcome of a run, in the recording's own shape. */
export interface Prediction {
  /** What was left to chance or is not in the input, and how it is taken to have been here. */
  readonly choices: readonly Choice[]
  readonly observed: JsonObject
  /** All that the kernel logged, traced and did meanwhile. */
  readonly log: readonly KernelEvent[]
}

/** Outcomes that are the same are one; the first of them gives it its name. What they all take alike is no choice. */
export function distinct(predictions: readonly Prediction[]): readonly Prediction[] {
  const seen = new Set<string>()
  const different = predictions.filter(({ observed }) => {
    const text = JSON.stringify(observed)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
  const open = ({ about }: Choice): boolean =>
    new Set(different.map(({ choices }) => choices.find((one) => one.about === about)?.taken)).size > 1
  return different.map((one) => ({ ...one, choices: one.choices.filter(open) }))
}

/** The choices of one outcome that another one makes otherwise. */
export function otherwise(usual: Prediction, other: Prediction): readonly Choice[] {
  return other.choices.filter(
    ({ about, taken }) => usual.choices.find((choice) => choice.about === about)?.taken !== taken
  )
}

/** The outcomes of a boot that had printed nothing that matters, or what the input says it had. */
export function withUsualPrints(predictions: readonly Prediction[]): readonly Prediction[] {
  const [usual] = predictions
  return usual === undefined ? [] : predictions.filter((other) => !otherwise(usual, other).some(isPrintLimit))
}
