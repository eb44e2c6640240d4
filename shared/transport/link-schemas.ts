import { Type } from 'typebox'
import { named } from '../contracts/common.ts'
import { EVENT_MAX } from '../contracts/event-bounds.ts'
import { ProblemSchema } from '../contracts/problem-schema.ts'

/** The frames of a link as values: a receiver reads by them, and `/asyncapi.json` is made of them. */

const short = (maxLength: number) => Type.String({ maxLength })
const seq = Type.Integer({ minimum: 1, description: 'that of the frame which this replies to' })

/** What a sender sends. Who sends more than this knows more than we do. */
export const EventFrameSchema = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, description: 'from 1 on each link, each one more than the one before' }),
    event: Type.Object(
      {
        id: Type.String(),
        source: short(EVENT_MAX.source),
        type: short(EVENT_MAX.type),
        subject: short(EVENT_MAX.subject),
        data: Type.Unknown(),
        causationid: Type.Optional(short(EVENT_MAX.causationid)),
        traceparent: Type.Optional(short(EVENT_MAX.traceparent)),
        // One that is not what it should be counts as none.
        tracestate: Type.Optional(Type.String())
      },
      { additionalProperties: true }
    ),
    resumes: Type.Optional(Type.Boolean())
  },
  { additionalProperties: true }
)

/** What it is replied to with; `ReplyFrame` is their type. */
export const AckFrame = named('AckFrame', { ack: seq })
export const AnswerFrame = named('AnswerFrame', { seq, answer: Type.Unknown() })
export const ProblemFrame = named('ProblemFrame', {
  seq,
  problem: ProblemSchema,
  journalled: Type.Boolean({ description: "the receiver's journal has the refusal" })
})
