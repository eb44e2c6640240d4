import { wireOf } from '../contracts/codec.ts'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import { wire, type Wire } from '../contracts/validate.ts'
import { reasonOf, type DeadLetter } from '../contracts/dead-letter.ts'
import type { Ask, Send } from '../model/step.ts'
import { causesOf, refusalEntry, sentEntry, traced, type Draft } from '../trace/entry.ts'
import { onward, ownContext } from '../contracts/trace-context.ts'
import { NS_PER_MS } from '../transport/timers.ts'
import type { Outgoing, Reply } from '../transport/transport.ts'
import { askedBy, laneOf, type Asked, type Instance } from './instance.ts'
import type { EnginePorts } from './ports.ts'
import type { StoredInput } from './store.ts'

/** Status of a refusal by a receiver that understands the message, and is in no state for it. */
const STATE_FORBIDS = 409

/** What an outbox hands back to the engine it belongs to. */
export interface OutboxOwner {
  /** Takes the answer to a question in. `json` is what is kept of it. */
  answered(instance: Instance, asked: Asked, form: StoredInput['form'], json: unknown, value: unknown): void
  /** Writes an entry that no input will give again. */
  write(instance: Instance, draft: Draft): void
  /** What was sent or asked is given up, until a person decides. */
  dead(instance: Instance, letter: DeadLetter): void
  /** A question that was given up has an answer. */
  answeredAfterAll(instance: Instance, id: string): void
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
  /** What was written down before its receiver had answered it. */
  readonly #written = new WeakSet<object>()

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
    const { store, transport } = this.#ports
    const lane = laneOf(instance, send.to)
    instance.out.set(send.id, send)
    const done = (reply: Reply): void => {
      if (instance.leaving !== undefined) return void instance.leaving.push(() => done(reply))
      instance.out.delete(send.id)
      store.markDelivered(instance.machine, send.to, ++lane.delivered)
      if (reply.kind === 'refused') {
        if (!reply.journalled) this.#writeRefusal(instance, send, traceparent, reply.problem)
        // A kernel that has panicked, a VM that has ended: what came of it, and nothing to be mended.
        if (reply.problem.status === STATE_FORBIDS) return
        return this.#giveUp(instance, send, json, traceparent, reply)
      }
      if (!reply.journalled) this.#writeSent(instance, send, traceparent)
    }
    transport.deliver(this.#outgoing(instance, send, sendable.message, json, traceparent), done)
  }

  /** Asks. The question is in `instance.asked` already. */
  ask(instance: Instance, asked: Asked, prepared: Prepared | undefined): void {
    const { ask, traceparent } = asked
    const { sendable, json } = prepared ?? this.prepare(ask)
    const { clock } = this.#ports
    if (ask.deadlineMs !== undefined) {
      const left = Math.max(0, asked.since + ask.deadlineMs * NS_PER_MS - clock.now())
      asked.stop = clock.setTimer(left, () => {
        asked.giveUp?.()
        this.#owner.answeredAfterAll(instance, ask.id)
        this.#writeSent(instance, ask, traceparent)
        const why = ask.fallback === undefined ? this.#troubleWith(ask) : undefined
        if (why === undefined) return this.#owner.answered(instance, asked, 'fallback', null, ask.fallback)
        const answer = { refused: reasonOf(why) }
        this.#owner.answered(instance, asked, 'fallback', answer, answer)
      })
    }
    if (instance.isDead(ask.id)) return
    const outgoing = this.#outgoing(instance, ask, sendable.message, json, traceparent)
    asked.giveUp = this.#ports.transport.deliver(outgoing, (reply) => {
      if (reply.kind === 'refused' && reply.tries !== undefined) {
        return this.#giveUp(instance, ask, json, traceparent, reply)
      }
      asked.stop?.()
      this.#settle(instance, asked, sendable, reply)
    })
  }

  /**
   * Somebody without a journal says what made him send a message: one of ours, which he has then, though he may answer it
   * only when that message has been taken. It is written down now, so that the journal has it before what it led to.
   */
  namedAsCause(instance: Instance, causes: string, traceparent: string | undefined): void {
    const [nearest = ''] = causes.split(' ', 1)
    const asked = askedBy(instance, nearest)
    const sent = asked?.ask ?? instance.out.get(nearest)
    if (sent === undefined) return
    this.#writeSent(instance, sent, asked?.traceparent ?? traceparent)
    this.#written.add(sent)
  }

  /** Why the layer that is asked does not answer, where that is known: whoever asked can say more than that it is late. */
  #troubleWith({ to, at }: Ask): Problem | undefined {
    if (at !== undefined) return undefined
    return this.#ports.transport.neighbours?.().find(({ layer }) => layer === to)?.trouble
  }

  /**
   * Sends a dead letter again. What was refused gets a new id, since its receiver remembers the refusal; what nobody took
   * keeps its own, since somebody may have.
   */
  again(instance: Instance, letter: DeadLetter, tried: (reply: Reply) => void): void {
    const { clock, transport } = this.#ports
    const { machine, to, type, data, at, cause, traceparent, refusals } = letter
    const sendable = this.#sendable.get(to)?.get(type)
    if (sendable === undefined) throw new Error(`${to} accepts no message of type ${type}`)
    const asked = askedBy(instance, letter.id)
    const id = refusals === 0 ? letter.id : `${letter.id}.r${refusals}`
    const timeMs = clock.epochMs + clock.now() / NS_PER_MS
    const { message } = sendable
    const context = this.#contextOf(machine, id, traceparent)
    // A letter has it as JSON, which in process is not how it travels. What does not fit any more its receiver refuses.
    const parsed = wire(message.data).parse(data)
    const travels = 'error' in parsed ? data : sendable.data.encode(parsed.value)
    const outgoing = { machine, id, message, data: travels, from: this.#layer, cause, timeMs, traceparent: context, at }
    const giveUp = transport.deliver({ ...outgoing, deadlineMs: asked?.ask.deadlineMs }, tried)
    if (asked !== undefined) asked.giveUp = giveUp
  }

  /** A dead letter was sent again, and this is what became of it. */
  tried(instance: Instance, letter: DeadLetter, reply: Reply): void {
    const { to, type, id } = letter
    const asked = letter.kind === 'question' ? askedBy(instance, id) : undefined
    if (asked !== undefined) {
      if (reply.kind === 'refused' && reply.tries !== undefined) return
      asked.stop?.()
      const sendable = this.#sendable.get(to)?.get(type)
      if (sendable !== undefined) this.#settle(instance, asked, sendable, reply)
      return
    }
    if (reply.journalled) return
    const sent = { ...letter, id: letter.refusals === 0 ? id : `${id}.r${letter.refusals}` }
    if (reply.kind !== 'refused') this.#writeSent(instance, sent, letter.traceparent)
    // That it is given up is written down; that it still is says the list.
    else if (reply.tries === undefined) this.#writeRefusal(instance, sent, letter.traceparent, reply.problem)
  }

  /** A question is refused in its receiver's place. */
  refuse(instance: Instance, id: string, by: Problem): void {
    const asked = askedBy(instance, id)
    if (asked === undefined) return
    asked.stop?.()
    asked.giveUp?.()
    this.#refused(instance, asked, by, false)
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
    if (!reply.journalled) this.#writeSent(instance, ask, asked.traceparent)
    const parsed = reply.kind === 'answered' ? form?.parse(reply.answer) : undefined
    if (parsed !== undefined && 'value' in parsed && reply.kind === 'answered') {
      return this.#owner.answered(instance, asked, 'wire', reply.answer, parsed.value)
    }
    const why = parsed !== undefined && 'error' in parsed ? parsed.error.detail : 'it gave no answer'
    this.#refused(instance, asked, problem('answer-invalid', `${ask.to} to ${ask.type}: ${why}`), false)
  }

  #refused(instance: Instance, asked: Asked, by: Problem, journalled: boolean): void {
    if (!journalled) this.#writeRefusal(instance, asked.ask, asked.traceparent, by)
    const answer = { refused: reasonOf(by) }
    if (asked.ask.fallback === undefined) this.#owner.answered(instance, asked, 'refused', answer, answer)
    else this.#owner.answered(instance, asked, 'fallback', null, asked.ask.fallback)
  }

  #giveUp(
    instance: Instance,
    sent: Send | Ask,
    json: unknown,
    traceparent: string | undefined,
    { problem: why, tries }: Extract<Reply, { kind: 'refused' }>
  ): void {
    const { id, to, type } = sent
    const at = sent.kind === 'ask' ? sent.at : undefined
    const cause = causesOf(sent)
    this.#owner.dead(instance, {
      machine: instance.machine,
      id,
      kind: sent.kind === 'ask' ? 'question' : 'message',
      from: this.#layer,
      to,
      ...(at === undefined ? {} : { at }),
      type,
      data: wireOf(json),
      reason: reasonOf(why),
      tries: tries ?? 1,
      refusals: tries === undefined ? 1 : 0,
      since: this.#ports.clock.now(),
      ...(cause === undefined ? {} : { cause }),
      ...(traceparent === undefined ? {} : { traceparent })
    })
  }

  #writeSent(instance: Instance, sent: Parameters<typeof sentEntry>[3], traceparent: string | undefined): void {
    if (this.#written.has(sent)) return
    const draft = sentEntry(this.#layer, instance.machine, this.#ports.clock.now(), sent)
    this.#owner.write(instance, traced(draft, traceparent))
  }

  #writeRefusal(
    instance: Instance,
    { id, type, to }: Pick<Send | Ask, 'id' | 'type' | 'to'>,
    traceparent: string | undefined,
    by: Problem
  ): void {
    const refused = { id, type, from: this.#layer, by: to }
    const draft = refusalEntry(this.#layer, instance.machine, this.#ports.clock.now(), refused, by)
    this.#owner.write(instance, traced(draft, traceparent))
  }

  /** The context of what leaves because of an input with this one. */
  #contextOf(machine: string, id: string, traceparent: string | undefined): string | undefined {
    return this.#ports.traces === true ? onward(traceparent ?? ownContext(machine, id), machine, id) : undefined
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
    const context = this.#contextOf(machine, id, traceparent)
    const outgoing = { machine, id, message, data, from: this.#layer, cause, timeMs, traceparent: context }
    return sent.kind === 'ask' ? { ...outgoing, at: sent.at, deadlineMs: sent.deadlineMs } : outgoing
  }
}
