import { interrupt } from './interrupt.ts'
import { mirror } from './mirror.ts'
import { morse } from './morse.ts'
import { poll } from './poll.ts'
import type { Policy } from './rule.ts'
import { sei } from './sei.ts'

/** The built-in policies by name; a new one is a file of rules and a row here. */
export const POLICIES: ReadonlyMap<string, Policy> = new Map([
  ['morse', morse],
  ['mirror', mirror],
  ['sei', sei],
  ['interrupt', interrupt],
  ['poll', poll]
])

export const DEFAULT_POLICY = 'morse'
