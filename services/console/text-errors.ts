import type { TextError } from '../../shared/contracts/problem.ts'
import type { FileError } from '../../shared/scenario/read-scenario.ts'

/** So many mistakes are told of; a file that is none at all has one a line. */
const MISTAKES = 50

/** The mistakes of a text that was sent, which has no name. */
export function textErrors(errors: readonly FileError[]): readonly TextError[] {
  return errors.slice(0, MISTAKES).map((error) => ({ ...error, file: undefined }))
}
