import type { Waits } from '../contracts/became.ts'
import { ProblemError } from '../contracts/problem.ts'
import { holding, saysOfWaits } from '../contracts/waits.ts'

/**
 * Throws ProblemError when a machine does not go on by itself because a layer's question was given up: it names the layer,
 * the letter, and what a person can do.
 */
export function throwIfHeld(machine: string, waits: readonly Waits[]): void {
  const letters = holding(waits)
  if (letters.length === 0) return
  const detail = `${machine} is not settled, and will not be before somebody decides about a dead letter; ${saysOfWaits(letters)}`
  throw new ProblemError('dead-letter', detail, { waits })
}
