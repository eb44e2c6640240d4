import { Type } from 'typebox'

export const DEFAULT_WITHIN_MS = 5000

/** What may stand behind every path that takes a message without an answer of its own. */
export const WaitQuery = Type.Object({
  wait: Type.Optional(
    Type.Literal('settled', { description: 'answer once it is known what became of it, over all layers' })
  ),
  within: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30_000,
      default: DEFAULT_WITHIN_MS,
      description: 'ms to wait at most; the answer then says for what'
    })
  )
})
/** Names that are none of a message's own fields. */
export const WAIT_NAMES: ReadonlySet<string> = new Set(Object.keys(WaitQuery.properties))
