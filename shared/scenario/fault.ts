import { hintFor, nearest } from '../contracts/nearest.ts'

/** Kinds of mistakes in a scenario file. Those of the first line are of the text and of its schema, the others of what it says. */
export const FAULT_RULES = [
  ...['file', 'yaml', 'type', 'one-of', 'form', 'range', 'length', 'count', 'missing', 'unknown-key'],
  ...['unknown-name', 'setting', 'record', 'wait', 'message', 'actor', 'place', 'expectation']
] as const
export type FaultRule = (typeof FAULT_RULES)[number]

/** What is wrong at a place of a value; `key` when the name itself is wrong and not what it holds. */
export interface Fault {
  readonly path: readonly (string | number)[]
  readonly at: 'key' | 'value'
  readonly rule: FaultRule
  /** Without what was probably meant. */
  readonly says: string
  /** What could stand there instead. */
  readonly suggestion?: string
}

/** The fault as a sentence. */
export const faultText = ({ says, suggestion }: Pick<Fault, 'says' | 'suggestion'>): string =>
  suggestion === undefined ? says : `${says}; did you mean ${suggestion}?`

/** A value that cannot be. */
export const bad = (path: Fault['path'], rule: FaultRule, says: string): Fault => ({ path, at: 'value', rule, says })

/** A name that is none of those that are known; they are listed where none was probably meant and there are not many. */
export function misnamed(
  { path, at, rule }: Pick<Fault, 'path' | 'at' | 'rule'>,
  says: string,
  name: string,
  known: readonly string[]
): Fault {
  const meant = nearest(name, known)
  const fault = { path, at, rule }
  return meant === undefined
    ? { ...fault, says: `${says}${hintFor(name, known)}` }
    : { ...fault, says, suggestion: meant }
}
