import { Type, type Static } from 'typebox'
import { LayerName, closed, named } from './common.ts'
import type { Problem } from './problem.ts'

/** A message that its receiver refused, or failed on for so long that its sender has given it up. */
export const DeadLetter = named('DeadLetter', {
  machine: Type.String(),
  id: Type.String(),
  kind: Type.Enum(['message', 'question'], {
    description: 'a message stands for itself; whoever asked a question still waits for the answer'
  }),
  from: LayerName,
  to: LayerName,
  at: Type.Optional(Type.String({ description: 'where it was sent, if not to the service of its layer' })),
  type: Type.String(),
  data: Type.Unknown(),
  reason: closed({ code: Type.String(), detail: Type.String(), field: Type.Optional(Type.String()) }),
  tries: Type.Integer({ minimum: 1, description: 'how often it was sent in all' }),
  refusals: Type.Integer({ minimum: 0, description: 'how many of those were answered with a refusal that is final' }),
  since: Type.Integer({ minimum: 0, description: 'when it was given up, in nanoseconds of the service' }),
  cause: Type.Optional(Type.String({ description: 'ids of what led to it, with spaces between' })),
  traceparent: Type.Optional(Type.String())
})
export type DeadLetter = Static<typeof DeadLetter>

/** A question that was given up, for as long as nobody decides: the layer that asked it goes no further on its machine. */
export const Holding = named('Holding', {
  machine: Type.String(),
  layer: LayerName,
  id: Type.String(),
  type: Type.String(),
  to: LayerName,
  because: Type.String({ description: 'why it was given up' }),
  todo: Type.String({ description: 'what a person can do' })
})
export type Holding = Static<typeof Holding>

export const holdingOf = (letter: DeadLetter): Holding => {
  const { machine, from: layer, id, type, to, reason } = letter
  return { machine, layer, id, type, to, because: reason.detail, todo: todoAbout(letter) }
}

/** What a person can do about a letter, as requests of the service that has it. */
export function todoAbout({ machine, id, from, kind }: DeadLetter): string {
  const path = `/v1/dead-letters/${encodeURIComponent(id)}`
  const dropped = kind === 'question' ? 'takes it for refused' : 'drops it'
  return `at ${from}, POST ${path}/retry?machine=${machine} sends it again, DELETE ${path}?machine=${machine} ${dropped}`
}

/** Why a message is given up, as its letter says it. */
export function reasonOf({ code, detail, field }: Problem): DeadLetter['reason'] {
  return field === undefined ? { code, detail } : { code, detail, field }
}

/** `GET /v1/dead-letters`: the letters, the oldest first. */
export const DeadLetters = named('DeadLetters', {
  count: Type.Integer({ description: 'of all machines' }),
  bytes: Type.Integer({ description: 'about what those take' }),
  discarded: Type.Integer({ description: 'the oldest of them, for want of room, since the service started' }),
  letters: Type.Array(DeadLetter)
})
export type DeadLetters = Static<typeof DeadLetters>
