import { problem } from '../contracts/problem.ts'
import { FRAME_MAX_BYTES, type ReplyFrame } from './link-frames.ts'
import type { Outgoing, Reply } from './transport.ts'
import { problemOf } from './problem-of.ts'

/** A line that came as a reply; undefined when it is none. Throws SyntaxError for what is not JSON. */
export function replyFrameOf(line: string): ReplyFrame | undefined {
  const json = JSON.parse(line) as unknown
  if (typeof json !== 'object' || json === null) return undefined
  if ('ack' in json) return typeof json.ack === 'number' ? { ack: json.ack } : undefined
  if (!('seq' in json) || typeof json.seq !== 'number') return undefined
  const { seq } = json
  if ('answer' in json) return { seq, answer: json.answer }
  if (!('problem' in json) || typeof json.problem !== 'object' || json.problem === null) return undefined
  const journalled = 'journalled' in json && json.journalled === true
  return { seq, problem: problemOf(json.problem, 'it does not say why'), journalled }
}

/** What is said of a message that no frame has room for. */
export function tooLongFor({ message, id }: Outgoing): Reply {
  const detail = `${message.type} ${id} is over the limit of ${FRAME_MAX_BYTES} bytes for a message`
  return { kind: 'refused', journalled: false, problem: problem('body-too-large', detail) }
}

/** What became of a message, by the frame that replied to it. */
export function replyOf(frame: ReplyFrame, id: string): Reply {
  if ('ack' in frame) return { kind: 'accepted', journalled: true, id, seq: 0 }
  if ('answer' in frame) return { kind: 'answered', journalled: true, answer: frame.answer }
  return { kind: 'refused', journalled: frame.journalled, problem: frame.problem }
}
