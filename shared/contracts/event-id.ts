import { Type } from 'typebox'

/** Ids of effects extend the id of their cause, so that a long chain of causes makes a long id. */
export const ID_MAX_LENGTH = 2000

/** The rule in words, as problems and pages give it. */
export const ID_RULE = `an id has 1 to ${ID_MAX_LENGTH} visible ASCII characters and no spaces`

const PATTERN = `^[\\x21-\\x7e]{1,${ID_MAX_LENGTH}}$`
const ID = new RegExp(PATTERN)

/** The id of a message, as the API's pages describe it: a CloudEvent's `id`, or an Idempotency-Key. */
export const EventId = Type.String({ minLength: 1, maxLength: ID_MAX_LENGTH, pattern: PATTERN, examples: ['e-1'] })

/**
 * Whether an id that came from outside can serve: by Idempotency-Key, `ce-id`, a structured CloudEvent or a frame of a
 * link. Visible ASCII, since it has to pass through headers.
 */
export function isId(id: string): boolean {
  return ID.test(id)
}

/** Whether an id is that of an input or of something that it led to, which is named `<its id>.<n>`. */
export const isUnder = (id: string, input: string): boolean =>
  id.startsWith(input) && (id.length === input.length || id[input.length] === '.')
