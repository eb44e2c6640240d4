import { ProblemError, type Problem } from '../contracts/problem.ts'
import type { Addressed } from './room-options.ts'

/** The error of whoever drives a room, for a message that its receiver refused. */
export const refusedBy = ({ to, type }: Addressed, { code, detail, field }: Problem): ProblemError =>
  new ProblemError(code, `${to} refused ${type}: ${code}: ${detail}`, { field })
