import type { Layer } from '../contracts/layer.ts'
import type { Wire } from '../contracts/validate.ts'
import { laneOf, tell, tellAnswer, type Armed, type Asked, type Cell, type Seen } from './instance.ts'
import type { Clock } from './clock.ts'
import { answerEntry, messageEntry, noteEntry, outsideAnswerEntry, refusalEntry } from '../trace/entry.ts'
import type { Journal } from './journal.ts'
import type { Outbox, Prepared } from './outbox.ts'
import { problem } from '../contracts/problem.ts'
import type { Row } from './store.ts'
import type { Ask, Effect, Input, Refusal } from '../model/step.ts'

/** How an input came in, as far as the store and the journal need it. */
export interface How {
  readonly form: Row['form']
  readonly json: unknown
  readonly cause?: string | undefined
  readonly traceparent?: string | undefined
  /** The question, when the input is its answer. */
  readonly ask?: Ask
}

/** An effect, with what leaves made ready. */
export interface Ready {
  readonly effect: Effect
  readonly out: Prepared | undefined
}

export interface CarrierPorts {
  readonly layer: Layer
  readonly journal: Journal
  readonly clock: Clock
  readonly outbox: Outbox
  /** The wire form of the answers to a type, if it is a question. */
  replyTo(type: string): Wire | undefined
  /** A timer has fired. */
  fire(cell: Cell, armed: Armed): void
  fault(error: unknown, what: string): void
}

/** Carries out what a model asked for, once the input that led to it is kept. */
export class Carrier {
  /** While a restart reads the store back nothing leaves: it is held, and `resume` lets go of what is still due. */
  replaying = false
  accepted = 0
  asked = 0
  readonly #ports: CarrierPorts

  constructor(ports: CarrierPorts) {
    this.#ports = ports
  }

  /** The input is kept: journals it, carries out its effects, and tells whoever waits. */
  publish(cell: Cell, seen: Seen, input: Input, how: How, prepared: readonly Ready[]): void {
    this.accepted++
    const { layer, journal } = this.#ports
    const { ask, form, cause, traceparent } = how
    seen.seq = journal.append(
      ask === undefined
        ? messageEntry(layer, cell.machine, input, cause)
        : answerEntry(layer, cell.machine, input, ask, form === 'fallback')
    )
    for (const ready of prepared) this.#carryOut(cell, input, ready, traceparent)
    const isQuestion = input.from !== 'timer' && this.#ports.replyTo(input.type) !== undefined
    if (!isQuestion && seen.reply === undefined) tell(seen, { kind: 'accepted', id: input.id, seq: seen.seq })
  }

  #carryOut(cell: Cell, input: Input, { effect, out }: Ready, traceparent: string | undefined): void {
    const { layer, journal, outbox } = this.#ports
    switch (effect.kind) {
      case 'send': {
        const lane = laneOf(cell, effect.to)
        lane.sent++
        if (!this.replaying) outbox.send(cell, effect, out as Prepared, traceparent)
        else if (lane.sent > lane.delivered) cell.held.push(effect)
        return
      }
      case 'ask': {
        this.asked++
        const asked: Asked = { ask: effect, traceparent, giveUp: undefined, stop: undefined }
        cell.asked.set(effect.id, asked)
        if (this.replaying) cell.held.push(effect)
        else outbox.ask(cell, asked, out as Prepared)
        return
      }
      case 'answer':
        return this.#answer(cell, effect.to, effect.data, input.time)
      case 'timer': {
        const armed: Armed = { timer: effect, due: input.time + effect.afterNs, traceparent, stop: undefined }
        cell.timers.set(effect.id, armed)
        if (!this.replaying) this.#arm(cell, armed)
        return
      }
      case 'note':
        return void journal.append(noteEntry(layer, cell.machine, input.time, effect))
      case 'refusal':
        return this.#refuseLate(cell, effect, input.time)
    }
  }

  /** This layer's answer to a question it was asked. */
  #answer(cell: Cell, to: string, value: unknown, time: number): void {
    const seen = cell.seen.get(to)
    const reply = seen && this.#ports.replyTo(seen.input.type)
    if (seen === undefined || reply === undefined) {
      return this.#ports.fault(new Error(`${to} was no question`), `an answer of ${cell.machine}`)
    }
    const { layer, journal } = this.#ports
    const { input } = seen
    if (input.from === 'outside') {
      journal.append(outsideAnswerEntry(layer, cell.machine, input, time, value))
    }
    tellAnswer(cell, seen, reply.encode(value))
  }

  /** The refusal of an input that had been taken in before, while the layer waited for something. */
  #refuseLate(cell: Cell, refusal: Refusal, time: number): void {
    const seen = cell.seen.get(refusal.to ?? '')
    if (seen === undefined) return
    const { layer, journal } = this.#ports
    const { id, type, from } = seen.input
    const { code, detail, field } = refusal
    const who = { id, type, from, by: layer }
    journal.append(refusalEntry(layer, cell.machine, time, who, refusal))
    tell(seen, { kind: 'refused', problem: problem(code, detail, { field, instance: id }) })
  }

  #arm(cell: Cell, armed: Armed): void {
    const { clock } = this.#ports
    armed.stop = clock.setTimer(Math.max(0, armed.due - clock.now()), () => {
      cell.timers.delete(armed.timer.id)
      this.#ports.fire(cell, armed)
    })
  }

  /** After a restart: sends what no receiver has accepted, asks what nobody has answered, arms what has not fired. */
  resume(cell: Cell): void {
    const { held } = cell
    cell.held = []
    for (const effect of held) {
      const asked = cell.asked.get(effect.id)
      if (effect.kind === 'send') this.#ports.outbox.send(cell, effect, this.#ports.outbox.prepare(effect), undefined)
      else if (asked !== undefined) this.#ports.outbox.ask(cell, asked, this.#ports.outbox.prepare(effect))
    }
    for (const armed of cell.timers.values()) this.#arm(cell, armed)
  }
}
