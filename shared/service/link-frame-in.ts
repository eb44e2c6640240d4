import type { Static } from 'typebox'
import { wire } from '../contracts/validate.ts'
import { EventFrameSchema } from '../transport/link-schemas.ts'

/** A frame as its receiver reads it. */
export type FrameIn = Static<typeof EventFrameSchema>
export const Frame = wire(EventFrameSchema)

/** The number of what came as a frame, by which it can be replied to; undefined when it has none. */
export function seqOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('seq' in json)) return undefined
  return Number.isSafeInteger(json.seq) && (json.seq as number) >= 1 ? (json.seq as number) : undefined
}
