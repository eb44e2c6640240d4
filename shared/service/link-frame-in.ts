import { Type, type Static } from 'typebox'
import { EVENT_MAX } from '../contracts/event-bounds.ts'
import { wire } from '../contracts/validate.ts'

const short = (maxLength: number) => Type.String({ maxLength })

const FrameSchema = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
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
/** A frame as its receiver reads it. */
export type FrameIn = Static<typeof FrameSchema>
export const Frame = wire(FrameSchema)

/** The number of what came as a frame, by which it can be replied to; undefined when it has none. */
export function seqOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('seq' in json)) return undefined
  return Number.isSafeInteger(json.seq) && (json.seq as number) >= 1 ? (json.seq as number) : undefined
}
