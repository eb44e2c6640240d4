import { problem } from '../contracts/problem.ts'
import { jsonOf } from './json-of.ts'
import { problemOf } from './problem-of.ts'
import { isPassing, type Outgoing, type Reply } from './transport.ts'

const REQUEST_TIMEOUT = 408
const TOO_EARLY = 425
const NOT_IMPLEMENTED = 501

/** By these a service says that it cannot do anything now, or somebody before it that it is not there. */
const NOT_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504, 507])

/** Reads a response; undefined asks for a repeat, as does a refusal that is passing, though not for ever. */
export function replyOf(message: Outgoing, status: number, journalled: boolean, text: string): Reply | undefined {
  if (status >= 200 && status < 300) {
    if (message.message.reply === undefined) return { kind: 'accepted', journalled, id: message.id, seq: 0 }
    return { kind: 'answered', journalled, answer: jsonOf(text) }
  }
  const why = problemOf(jsonOf(text), `${message.message.to} answered ${status}`)
  if (NOT_NOW.has(status)) return undefined
  const isFault = status >= 500 && status !== NOT_IMPLEMENTED && why.code !== 'model-fault'
  if (isFault || status === REQUEST_TIMEOUT || status === TOO_EARLY || isPassing(why)) {
    return { kind: 'refused', journalled: false, problem: why, isPassing: true }
  }
  return { kind: 'refused', journalled, problem: why }
}

/** What is said of an answer that is longer than is read: the same one would come again. */
export function tooLong({ message: { to, type } }: Outgoing, bytes: number): Reply {
  const detail = `${to} to ${type}: the answer is over the limit of ${bytes} bytes`
  return { kind: 'refused', journalled: false, problem: problem('answer-invalid', detail) }
}
