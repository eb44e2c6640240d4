import { problem } from '../contracts/problem.ts'
import { jsonOf } from './json-of.ts'
import { problemOf } from './problem-of.ts'
import { isPassing, type Outgoing, type Reply } from './transport.ts'

const REQUEST_TIMEOUT = 408
const TOO_EARLY = 425
const TOO_MANY = 429
const NOT_IMPLEMENTED = 501

/** Reads a response; undefined asks for a repeat. */
export function replyOf(message: Outgoing, status: number, journalled: boolean, text: string): Reply | undefined {
  if (status >= 200 && status < 300) {
    if (message.message.reply === undefined) return { kind: 'accepted', journalled, id: message.id, seq: 0 }
    return { kind: 'answered', journalled, answer: jsonOf(text) }
  }
  const why = problemOf(jsonOf(text), `${message.message.to} answered ${status}`)
  const isFault = status >= 500 && status !== NOT_IMPLEMENTED && why.code !== 'model-fault'
  if (isFault || status === REQUEST_TIMEOUT || status === TOO_EARLY || status === TOO_MANY) return undefined
  return isPassing(why) ? undefined : { kind: 'refused', journalled, problem: why }
}

/** What is said of an answer that is longer than is read: the same one would come again. */
export function tooLong({ message: { to, type } }: Outgoing, bytes: number): Reply {
  const detail = `${to} to ${type}: the answer is over the limit of ${bytes} bytes`
  return { kind: 'refused', journalled: false, problem: problem('answer-invalid', detail) }
}
