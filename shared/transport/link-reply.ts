import type { ReplyFrame } from './link-frames.ts'
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
