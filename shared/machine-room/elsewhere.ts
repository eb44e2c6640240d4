import type { MessageType } from '../contracts/message.ts'
import { problem } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'
import type { Outgoing, Reply, Transport } from '../transport/transport.ts'

/** Questions of a room to services elsewhere, for which virtual time stands still. */
export class Elsewhere {
  readonly #outside: Transport
  readonly #isJson: boolean
  #out = 0
  #returned: (() => void) | undefined

  /** `isJson`: the layers of the room hand each other JSON, not values. */
  constructor(outside: Transport, isJson: boolean) {
    this.#outside = outside
    this.#isJson = isJson
  }

  /** How many have neither come back nor run out of their time. */
  get out(): number {
    return this.#out
  }

  /** Until one of them has come back or run out of its time. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.#returned = resolve))
  }

  /** Asks. The function returned gives the question up. Nobody waits for it longer than its own deadline. */
  ask(question: Outgoing, done: (reply: Reply) => void): () => void {
    const { message, data, deadlineMs } = question
    let isOut = true
    this.#out++
    const back = () => {
      if (!isOut) return
      isOut = false
      clearTimeout(late)
      this.#out--
      this.#returned?.()
    }
    const late = deadlineMs === undefined ? undefined : setTimeout(back, deadlineMs)
    const asJson = this.#isJson ? question : { ...question, data: wire(message.data).encode(data) }
    const giveUp = this.#outside.deliver(asJson, (reply) => {
      done(this.#isJson ? reply : decoded(message, reply))
      back()
    })
    return () => {
      giveUp()
      back()
    }
  }
}

/** A reply from a service elsewhere as models in process have theirs: a value instead of JSON. */
function decoded({ type, to, reply: schema }: MessageType, reply: Reply): Reply {
  if (reply.kind !== 'answered' || schema === undefined) return reply
  const parsed = wire(schema).parse(reply.answer)
  if ('value' in parsed) return { ...reply, answer: parsed.value }
  const told = problem('answer-invalid', `${to} to ${type}: ${parsed.error.detail}`)
  return { kind: 'refused', journalled: false, problem: told }
}
