import { problem, type Problem } from '../contracts/problem.ts'
import { jsonOf } from './json-of.ts'
import { problemOf } from './problem-of.ts'
import { passingOf, type Passing } from './passing.ts'
import type { Outgoing, Reply } from './transport.ts'

const REQUEST_TIMEOUT = 408
const TOO_EARLY = 425
const NOT_IMPLEMENTED = 501
const INSUFFICIENT_STORAGE = 507

/** By these a service says that it has too much to do now, or somebody before it that it is not there. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** These, below 500, are said of this attempt only. */
const OF_THIS_ATTEMPT: ReadonlySet<number> = new Set([REQUEST_TIMEOUT, TOO_EARLY])

/** Reads a response. A refusal that is passing asks for a repeat, after `againMs` where its receiver says when. */
export function replyOf(message: Outgoing, status: number, journalled: boolean, text: string, againMs?: number): Reply {
  if (status >= 200 && status < 300) {
    if (message.message.reply === undefined) return { kind: 'accepted', journalled, id: message.id, seq: 0 }
    return { kind: 'answered', journalled, answer: jsonOf(text) }
  }
  const why = problemOf(jsonOf(text), `${message.message.to} answered ${status}`)
  const passing = whyNow(status, why)
  if (passing === undefined) return { kind: 'refused', journalled, problem: why }
  return { kind: 'refused', journalled: false, problem: why, passing, ...(againMs === undefined ? {} : { againMs }) }
}

/** Why a refusal is of now only; undefined when it is for good. */
function whyNow(status: number, why: Problem): Passing | undefined {
  // It has taken the question, and goes on with it.
  if (why.code === 'answer-late' || status === INSUFFICIENT_STORAGE) return 'unable'
  const passing = passingOf(why)
  if (passing !== undefined) return passing
  if (BUSY.has(status)) return 'busy'
  const isFault = status >= 500 && status !== NOT_IMPLEMENTED && why.code !== 'model-fault'
  return isFault || OF_THIS_ATTEMPT.has(status) ? 'failing' : undefined
}

/** What is said of an answer that is longer than is read: the same one would come again. */
export function tooLong({ message: { to, type } }: Outgoing, bytes: number): Reply {
  const detail = `${to} to ${type}: the answer is over the limit of ${bytes} bytes`
  return { kind: 'refused', journalled: false, problem: problem('answer-invalid', detail) }
}
