import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Ask, Send } from '../model/step.ts'
import { causesOf, refusalEntry, sentEntry, type Draft } from '../trace/entry.ts'
import { NS_PER_MS } from '../transport/timers.ts'
import type { Outgoing, Reply } from '../transport/transport.ts'
import { laneOf, type Asked, type Instance } from './instance.ts'
import type { EnginePorts } from './ports.ts'
import type { StoredInput } from './store.ts'

/** What an outbox hands back to the engine it belongs to. */
export interface OutboxOwner {
  /** Takes the answer to a question in. `json` is what is kept of it. */
  answered(instance: Instance, asked: Asked, form: StoredInput['form'], json: unknown, value: unknown): void
  /** Writes an entry that no input will give again. */
  write(instance: Instance, draft: Draft): void
}

interface Sendable {
  readonly message: MessageType
  readonly data: Wire
  readonly reply: Wire | undefined
}

/** A send or question made ready to leave: nothing can go wrong with it on this side any more. */
export interface Prepared {
  readonly sendable: Sendable
  readonly json: unknown
}

/** What a layer sends and asks, made ready and handed to the transport, which repeats it until it has arrived. */
export class Outbox {
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly #owner: OutboxOwner
  readonly #sendable = new Map<Layer, Map<string, Sendable>>()

  constructor(ports: EnginePorts, owner: OutboxOwner) {
    this.#ports = ports
    this.#layer = ports.model.layer
    this.#owner = owner
    for (const message of ports.sends) {
      const reply = message.reply === undefined ? undefined : ports.codec(message.reply)
      let byType = this.#sendable.get(message.to)
      if (byType === undefined) this.#sendable.set(message.to, (byType = new Map<string, Sendable>()))
      byType.set(message.type, { message, data: ports.codec(message.data), reply })
    }
  }

  /** Throws when the receiver does not know the type, or a value does not fit the wire. */
  prepare({ to, type, data }: Send | Ask): Prepared {
    const sendable = this.#sendable.get(to)?.get(type)
    if (sendable === undefined) throw new Error(`${to} accepts no message of type ${type}`)
    return { sendable, json: sendable.data.encode(data) }
  }

  /** Sends, unless the receiver is known to have it. */
  send(instance: Instance, send: Send, prepared: Prepared | undefined, traceparent: string | undefined): void {
    const { sendable, json } = prepared ?? this.prepare(send)
    const { clock, store, transport } = this.#ports
    const lane = laneOf(instance, send.to)
    instance.out.set(send.id, send)
    transport.deliver(this.#outgoing(instance, send, sendable.message, json, traceparent), (reply) => {
      if (instance.gone) return
      instance.out.delete(send.id)
      store.markDelivered(instance.machine, send.to, ++lane.delivered)
      if (reply.journalled) return
      if (reply.kind === 'refused') this.#writeRefusal(instance, send, reply.problem)
      else this.#owner.write(instance, sentEntry(this.#layer, instance.machine, clock.now(), send))
    })
  }

  /** Asks. The question is in `instance.asked` already. */
  ask(instance: Instance, asked: Asked, prepared: Prepared | undefined): void {
    const { ask, traceparent } = asked
    const { sendable, json } = prepared ?? this.prepare(ask)
    const { clock, transport } = this.#ports
    if (ask.deadlineMs !== undefined) {
      const left = Math.max(0, asked.since + ask.deadlineMs * NS_PER_MS - clock.now())
      asked.stop = clock.setTimer(left, () => {
        asked.giveUp?.()
        this.#owner.write(instance, sentEntry(this.#layer, instance.machine, clock.now(), ask))
        this.#owner.answered(instance, asked, 'fallback', null, ask.fallback)
      })
    }
    const outgoing = this.#outgoing(instance, ask, sendable.message, json, traceparent)
    asked.giveUp = transport.deliver(outgoing, (reply) => {
      asked.stop?.()
      this.#settle(instance, asked, sendable, reply)
    })
  }

  /** The value of an answer that was kept as JSON. */
  replyOf(ask: Ask, json: unknown): unknown {
    const parsed = this.#sendable.get(ask.to)?.get(ask.type)?.reply?.parse(json)
    if (parsed === undefined || 'error' in parsed)
      throw new Error(`the kept answer to ${ask.id} does not fit ${ask.type}`)
    return parsed.value
  }

  #settle(instance: Instance, asked: Asked, { reply: form }: Sendable, reply: Reply): void {
    const { ask } = asked
    if (reply.kind === 'refused') return this.#refused(instance, asked, reply.problem, reply.journalled)
    if (!reply.journalled) {
      this.#owner.write(instance, sentEntry(this.#layer, instance.machine, this.#ports.clock.now(), ask))
    }
    const parsed = reply.kind === 'answered' ? form?.parse(reply.answer) : undefined
    if (parsed !== undefined && 'value' in parsed && reply.kind === 'answered') {
      return this.#owner.answered(instance, asked, 'wire', reply.answer, parsed.value)
    }
    const why = parsed !== undefined && 'error' in parsed ? parsed.error.detail : 'it gave no answer'
    this.#refused(instance, asked, problem('answer-invalid', `${ask.to} to ${ask.type}: ${why}`), false)
  }

  #refused(instance: Instance, asked: Asked, by: Problem, journalled: boolean): void {
    if (!journalled) this.#writeRefusal(instance, asked.ask, by)
    const { code, detail, field } = by
    const answer = { refused: field === undefined ? { code, detail } : { code, detail, field } }
    if (asked.ask.fallback === undefined) this.#owner.answered(instance, asked, 'refused', answer, answer)
    else this.#owner.answered(instance, asked, 'fallback', null, asked.ask.fallback)
  }

  #writeRefusal(instance: Instance, { id, type, to }: Send | Ask, by: Problem): void {
    const { clock } = this.#ports
    const refused = { id, type, from: this.#layer, by: to }
    this.#owner.write(instance, refusalEntry(this.#layer, instance.machine, clock.now(), refused, by))
  }

  #outgoing(
    { machine }: Instance,
    sent: Send | Ask,
    message: MessageType,
    data: unknown,
    traceparent: string | undefined
  ): Outgoing {
    const { clock, transport } = this.#ports
    const timeMs = clock.epochMs + clock.now() / NS_PER_MS
    const { id } = sent
    // In process the receiver reads the cause out of the id.
    const cause = sent.because === undefined && transport.await !== undefined ? undefined : causesOf(sent)
    const outgoing = { machine, id, message, data, from: this.#layer, cause, timeMs, traceparent }
    return sent.kind === 'ask' ? { ...outgoing, at: sent.at, deadlineMs: sent.deadlineMs } : outgoing
  }
}
