import { MACHINE_START } from '../contracts/message.ts'
import { NOTES } from '../contracts/notes/registry.ts'
import { ACCEPTS } from '../contracts/registry.ts'

/** Every type an entry of a trace can have; an expectation about another one would hold or fail for no reason. */
export const EVENT_TYPES: ReadonlySet<string> = new Set([
  ...[...Object.values(NOTES), ...Object.values(ACCEPTS)].flat().map(({ type }) => type),
  MACHINE_START
])
