import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { wire, type Wire } from '../contracts/validate.ts'
import { laneOf, type Asked, type Cell } from './instance.ts'
import type { Clock } from './clock.ts'
import { causeOf, refusalEntry, sentEntry, type Draft } from '../trace/entry.ts'
import type { Neighbours, Outcome, Outgoing } from '../transport/transport.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Row, Store } from './store.ts'
import type { Ask, Send } from '../model/step.ts'

const NS_PER_MS = 1e6

/** What an outbox needs of the engine around it. */
export interface OutboxPorts {
  readonly layer: Layer
  readonly sends: readonly MessageType[]
  readonly clock: Clock
  readonly store: Store
  readonly neighbours: Neighbours
  /** Takes the answer to a question in. `json` is what is kept of it. */
  answered(cell: Cell, asked: Asked, form: Row['form'], json: unknown, value: unknown): void
  /** Writes an entry that no input will give again. */
  write(cell: Cell, draft: Draft): void
}

interface Sendable {
  readonly row: MessageType
  readonly data: Wire
  readonly reply: Wire | undefined
}

/** A send or question made ready to leave: nothing can go wrong with it on this side any more. */
export interface Prepared {
  readonly sendable: Sendable
  readonly json: unknown
}

/** What a layer sends and asks: each repeated until it has arrived, questions until answered or out of time. */
export class Outbox {
  readonly #ports: OutboxPorts
  readonly #sendable = new Map<string, Sendable>()

  constructor(ports: OutboxPorts) {
    this.#ports = ports
    for (const row of ports.sends) {
      const reply = row.reply === undefined ? undefined : wire(row.reply)
      this.#sendable.set(`${row.to} ${row.type}`, { row, data: wire(row.data), reply })
    }
  }

  /** Throws when the receiver does not know the type, or a value does not fit the wire. */
  prepare({ to, type, data }: Send | Ask): Prepared {
    const sendable = this.#sendable.get(`${to} ${type}`)
    if (sendable === undefined) throw new Error(`${to} accepts no message of type ${type}`)
    return { sendable, json: sendable.data.encode(data) }
  }

  /** Sends, unless the receiver is known to have it. */
  send(cell: Cell, send: Send, { sendable, json }: Prepared, traceparent: string | undefined): void {
    const { layer, clock, store, neighbours } = this.#ports
    const lane = laneOf(cell, send.to)
    neighbours.deliver(this.#outgoing(cell, send, sendable.row, json, traceparent), (outcome) => {
      store.markDelivered(cell.machine, send.to, ++lane.delivered)
      if (outcome.journalled) return
      if (outcome.kind === 'refused') this.#writeRefusal(cell, send, outcome.problem)
      else this.#ports.write(cell, sentEntry(layer, cell.machine, clock.now(), send))
    })
  }

  /** Asks. The question is in `cell.asked` already. */
  ask(cell: Cell, asked: Asked, { sendable, json }: Prepared): void {
    const { ask, traceparent } = asked
    const { layer, clock, neighbours } = this.#ports
    if (ask.deadlineMs !== undefined) {
      asked.stop = clock.setTimer(ask.deadlineMs * NS_PER_MS, () => {
        asked.giveUp?.()
        this.#ports.write(cell, sentEntry(layer, cell.machine, clock.now(), ask))
        this.#ports.answered(cell, asked, 'fallback', null, ask.fallback)
      })
    }
    asked.giveUp = neighbours.deliver(this.#outgoing(cell, ask, sendable.row, json, traceparent), (outcome) => {
      asked.stop?.()
      this.#settle(cell, asked, sendable, outcome)
    })
  }

  /** The value of an answer that was kept as JSON. */
  replyOf(ask: Ask, json: unknown): unknown {
    const parsed = this.#sendable.get(`${ask.to} ${ask.type}`)?.reply?.parse(json)
    if (parsed === undefined || 'error' in parsed)
      throw new Error(`the kept answer to ${ask.id} does not fit ${ask.type}`)
    return parsed.value
  }

  #settle(cell: Cell, asked: Asked, { reply }: Sendable, outcome: Outcome): void {
    const { ask } = asked
    const { layer, clock } = this.#ports
    if (outcome.kind === 'refused') return this.#refused(cell, asked, outcome.problem, outcome.journalled)
    if (!outcome.journalled) this.#ports.write(cell, sentEntry(layer, cell.machine, clock.now(), ask))
    const parsed = outcome.kind === 'answered' ? reply?.parse(outcome.answer) : undefined
    if (parsed !== undefined && 'value' in parsed && outcome.kind === 'answered') {
      return this.#ports.answered(cell, asked, 'wire', outcome.answer, parsed.value)
    }
    const why = parsed !== undefined && 'error' in parsed ? parsed.error.detail : 'it gave no answer'
    this.#refused(cell, asked, problem('answer-invalid', `${ask.to} to ${ask.type}: ${why}`), false)
  }

  #refused(cell: Cell, asked: Asked, by: Problem, journalled: boolean): void {
    if (!journalled) this.#writeRefusal(cell, asked.ask, by)
    const { code, detail, field } = by
    const answer = { refused: field === undefined ? { code, detail } : { code, detail, field } }
    if (asked.ask.fallback === undefined) this.#ports.answered(cell, asked, 'refused', answer, answer)
    else this.#ports.answered(cell, asked, 'fallback', null, asked.ask.fallback)
  }

  #writeRefusal(cell: Cell, { id, type, to }: Send | Ask, by: Problem): void {
    const { layer, clock } = this.#ports
    this.#ports.write(cell, refusalEntry(layer, cell.machine, clock.now(), { id, type, from: layer, by: to }, by))
  }

  #outgoing(cell: Cell, sent: Send | Ask, row: MessageType, data: unknown, traceparent: string | undefined): Outgoing {
    const { clock } = this.#ports
    const timeMs = clock.epochMs + clock.now() / NS_PER_MS
    const at = sent.kind === 'ask' ? sent.at : undefined
    return { machine: cell.machine, id: sent.id, row, data, cause: causeOf(sent.id), timeMs, traceparent, at }
  }
}
