import { isProblemCode, problem, type Problem } from '../contracts/problem.ts'

/** How much of what a neighbour says is repeated, in characters. */
const TOLD = 500

const membersOf = (told: unknown) =>
  (typeof told === 'object' && told !== null ? told : {}) as Partial<Record<keyof Problem, unknown>>

/** Whether what somebody told is a problem with a code of ours. */
export function isOurs(told: unknown): boolean {
  const { code } = membersOf(told)
  return typeof code === 'string' && isProblemCode(code)
}

/** A problem as a neighbour told it, whoever that is; its code is `neighbour-refused` if it is none of ours. */
export function problemOf(told: unknown, otherwise: string): Problem {
  const { code, detail, title, field } = membersOf(told)
  const known = typeof code === 'string' && isProblemCode(code) ? code : 'neighbour-refused'
  const says = [detail, title].find((text) => typeof text === 'string') ?? otherwise
  return problem(known, says.slice(0, TOLD), { field: typeof field === 'string' ? field.slice(0, TOLD) : undefined })
}
