import { ProblemError } from '../contracts/problem.ts'
import { StepError } from './places.ts'

/** Problem codes that say that a service is not there, and nothing of the scenario. */
export const DOWN: ReadonlySet<string> = new Set([
  'neighbour-unreachable',
  'neighbour-refused',
  'dead-letter',
  'token-missing',
  'host-refused',
  'storage-full',
  'storage-failed',
  'shutting-down'
])

/** The problem code of a refusal, or nothing. */
export function codeOf(problem: unknown): string {
  return problem instanceof ProblemError ? problem.problem.code : ''
}

/** What a layer refuses is a mistake of the scenario: it asks for what cannot be. `where` is the part of the file. */
export async function orStepError<T>(where: string, done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (problem) {
    // A RangeError is the codec's word for a number of more than 64 bits.
    if (problem instanceof StepError || problem instanceof RangeError) {
      throw new StepError(`${where}: ${problem.message}`, { cause: problem })
    }
    const code = codeOf(problem)
    if (code === '' || DOWN.has(code) || code === 'model-fault') throw problem
    throw new StepError(`${where}: ${(problem as Error).message}`, { cause: problem })
  }
}
