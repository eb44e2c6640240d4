import type { KernelEvent } from '../shared/linux/kernel/state.ts'
import type { JsonObject } from './recording.ts'

/** One legal outcome of a run, in the recording's own shape. */
export interface Prediction {
  /** What was left to chance or is not in the input, and how it is taken to have been here. */
  readonly order: string
  readonly observed: JsonObject
  /** All that the kernel logged, traced and did meanwhile. */
  readonly log: readonly KernelEvent[]
}

/** Outcomes that are the same are one; the first of them gives it its name. One alone is no matter of chance. */
export function distinct(predictions: readonly Prediction[]): readonly Prediction[] {
  const seen = new Set<string>()
  const different = predictions.filter(({ observed }) => {
    const text = JSON.stringify(observed)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
  const [only] = different
  return different.length === 1 && only !== undefined ? [{ ...only, order: '' }] : different
}
