import { problem } from '../contracts/problem.ts'
import type { Input, Refusal } from '../model/step.ts'
import type { Reply } from '../transport/transport.ts'

/** An input that a machine has accepted: what is said to a repeat of it. */
export interface Seen extends Pick<Input, 'id' | 'type' | 'from' | 'time'> {
  /** What it says, as a digest, to tell a repeat from another message under the same id; absent: that is not known. */
  readonly body: number | undefined
  /** Its place in the journal, 0 while it is not there yet. */
  seq: number
  /** The reply to it and to its repeats; absent while that is not known. */
  reply: Reply | undefined
  /** Who waits for that. */
  waiting: ((reply: Reply) => void)[]
}

export function seenOf(
  { id, type, from, time }: Input,
  body: number | undefined,
  reply: ((reply: Reply) => void) | undefined
): Seen {
  return { id, type, from, time, body, seq: 0, reply: undefined, waiting: reply === undefined ? [] : [reply] }
}

/** What is said to the sender of an input that its layer refused. */
export const refusedReply = (
  id: string,
  { code, detail, field }: Pick<Refusal, 'code' | 'detail' | 'field'>
): Reply => ({
  kind: 'refused',
  journalled: true,
  problem: problem(code, detail, { field, instance: id })
})

/** Says what became of an input to all who wait for it, now and later. */
export function tell(seen: Seen, reply: Reply): void {
  seen.reply = reply
  const { waiting } = seen
  seen.waiting = []
  for (const told of waiting) told(reply)
}
