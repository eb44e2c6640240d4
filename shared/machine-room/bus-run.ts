import { LAYERS, type Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import { wire, type Wire } from '../contracts/validate.ts'
import type { Bus, BusOptions, Posted, PostOptions, Refused } from './in-process.ts'
import { virtualClock } from '../engine/clock.ts'
import { answerEntry, messageEntry, noteEntry, outsideAnswerEntry, refusalEntry, sentEntry } from '../trace/entry.ts'
import type { Draft, Entry } from '../trace/entry.ts'
import { isProblemCode } from '../contracts/problem.ts'
import type { Ask, Effect, Input, Model, Refusal } from '../model/step.ts'

/** One layer of one machine. */
interface Cell {
  readonly model: Model<unknown>
  readonly layer: Layer
  readonly machine: string
  state: unknown
}
interface Delivery {
  readonly cell: Cell
  readonly input: Input
}
/** A question that is out: whose, and what stops its deadline. */
interface Asked {
  readonly cell: Cell
  readonly ask: Ask
  readonly stop: (() => void) | undefined
}
/** What is to be known of a message type; with `form` the data goes through its wire form. */
interface Known {
  readonly isQuestion: boolean
  readonly form: Wire | undefined
}
/** A question from outside. */
interface Outside {
  readonly input: Input
  answer: unknown
}
/** The answer input of a question, as long as it has not been delivered. */
interface Answered {
  readonly ask: Ask
  readonly fallback: boolean
}

const DEFAULT_MAX_STEPS = 1e6

/** The bus behind `createBus`. */
export class InProcessBus implements Bus {
  readonly #models: readonly Model<unknown>[]
  readonly #options: BusOptions
  readonly #types = new Map<Layer, Map<string, Known>>()
  readonly #machines = new Map<string, Map<Layer, Cell>>()
  readonly #clock = virtualClock()
  readonly #asked = new Map<string, Asked>()
  readonly #answered = new Map<string, Answered>()
  readonly #outside = new Map<string, Outside>()
  readonly #entries: Entry[] | undefined
  readonly #refusals: Refused[] = []
  readonly #counters = new Map<string, number>()
  #queue: Delivery[] = []
  #head = 0

  constructor(models: readonly Model<unknown>[], options: BusOptions) {
    this.#models = models.toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer))
    this.#options = options
    this.#entries = options.journal === false ? undefined : []
    for (const [layer, rows] of Object.entries(options.accepts ?? ACCEPTS)) {
      const form = (row: MessageType) => (options.validate === true ? wire(row.data) : undefined)
      const known = rows.map((row) => [row.type, { isQuestion: row.reply !== undefined, form: form(row) }] as const)
      this.#types.set(layer as Layer, new Map(known))
    }
    for (const machine of options.machines ?? ['m0']) this.create(machine)
  }

  get now(): number {
    return this.#clock.now()
  }

  create(machine: string): void {
    if (this.#machines.has(machine)) return
    const cells = this.#models.map((model): Cell => ({
      model,
      layer: model.layer,
      machine,
      state: model.initial(machine)
    }))
    this.#machines.set(machine, new Map(cells.map((cell) => [cell.layer, cell])))
    for (const cell of cells) {
      const id = `${machine}.${cell.layer}.start`
      this.#queue.push({ cell, input: { id, type: 'machine.start', from: 'outside', time: this.now, data: {} } })
    }
    this.settle()
  }

  post(machine: string, to: Layer, type: string, data: unknown, { id, from = 'outside' }: PostOptions = {}): Posted {
    const cell = this.#cell(machine, to)
    if (cell === undefined) throw new Error(`there is no ${to} on this bus`)
    const input: Input = {
      id: id ?? this.#makeId(machine, to),
      type,
      from,
      time: this.now,
      data: this.#known(to, type, data)
    }
    if (from === 'outside' && this.#type(to, type).isQuestion && !this.#outside.has(input.id)) {
      this.#outside.set(input.id, { input, answer: undefined })
    }
    const last = this.#queue.push({ cell, input })
    let refusal: Refusal | undefined
    while (this.#head < last) refusal = this.#deliver()
    return refusal === undefined ? { id: input.id } : { id: input.id, refusal }
  }

  ask(machine: string, to: Layer, type: string, data: unknown): unknown {
    const id = this.#makeId(machine, to)
    const question: Outside = { input: { id, type, from: 'outside', time: this.now, data }, answer: undefined }
    this.#outside.set(id, question)
    const { refusal } = this.post(machine, to, type, data, { id })
    if (refusal !== undefined) throw new Error(`${to} refused ${type}: ${refusal.code}: ${refusal.detail}`)
    this.settle()
    if (question === undefined || question.answer === undefined) throw new Error(`${to} did not answer ${type} (${id})`)
    return question.answer
  }

  settle(): void {
    const limit = this.#options.maxSteps ?? DEFAULT_MAX_STEPS
    for (let steps = 0; this.#head < this.#queue.length; steps++) {
      if (steps >= limit) throw new Error(`${limit} steps within one instant: the layers go on for ever`)
      this.#deliver()
      if (this.#head >= 1024) this.#compact()
    }
    this.#compact()
  }

  advance(ns: number): void {
    this.settle()
    this.#clock.advance(ns)
  }

  nextTimer(): number | undefined {
    return this.#clock.nextTimer()
  }

  state(layer: Layer, machine = 'm0'): unknown {
    const cell = this.#cell(machine, layer)
    if (cell === undefined) throw new Error(`there is no ${layer} on this bus`)
    return cell.state
  }

  journal(): readonly Entry[] {
    return this.#entries ?? []
  }

  refusals(): readonly Refused[] {
    return this.#refusals
  }

  #cell(machine: string, layer: Layer): Cell | undefined {
    const cells = this.#machines.get(machine)
    if (cells === undefined) throw new Error(`there is no machine ${machine} on this bus`)
    return cells.get(layer)
  }

  #makeId(machine: string, to: Layer): string {
    const prefix = `${machine}-${to}`
    const count = (this.#counters.get(prefix) ?? 0) + 1
    this.#counters.set(prefix, count)
    return `${prefix}-${count}`
  }

  #compact(): void {
    this.#queue = this.#head === this.#queue.length ? [] : this.#queue.slice(this.#head)
    this.#head = 0
  }

  #type(to: Layer, type: string): Known {
    const known = this.#types.get(to)?.get(type)
    if (known === undefined) throw new Error(`${to} accepts no message of type ${type}`)
    return known
  }

  /** The data as the receiver will see it. Throws for a type that the receiver does not know. */
  #known(to: Layer, type: string, data: unknown): unknown {
    const { form } = this.#type(to, type)
    if (form === undefined) return data
    const parsed = form.parse(JSON.parse(JSON.stringify(form.encode(data))))
    if ('error' in parsed) throw new Error(`${type} to ${to}: ${parsed.error.detail}`)
    return parsed.value
  }

  /** Gives the next input to its layer; returns the refusal if the layer refused exactly this input. */
  #deliver(): Refusal | undefined {
    const { cell, input } = this.#queue[this.#head++] as Delivery
    const [state, effects] = cell.model.step(cell.state, input)
    let refusal: Refusal | undefined
    for (const effect of effects) {
      if (effect.kind === 'refusal' && (effect.to ?? input.id) === input.id) refusal = effect
    }
    if (this.#entries !== undefined && refusal === undefined) this.#recordInput(cell, input)
    if (refusal === undefined) cell.state = state
    for (const effect of effects) this.#carryOut(cell, input, effect)
    return refusal
  }

  #carryOut(cell: Cell, input: Input, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        if (!this.#send(cell, effect.to, effect) && this.#entries !== undefined) {
          this.#record(sentEntry(cell.layer, cell.machine, this.now, effect))
        }
        return
      case 'ask':
        return this.#question(cell, effect)
      case 'answer':
        return this.#answer(cell, effect.to, effect.data)
      case 'timer': {
        const { id, type, data } = effect
        this.#clock.setTimer(effect.afterNs, () => {
          this.#queue.push({ cell, input: { id, type, from: 'timer', time: this.now, data } })
          this.settle()
        })
        return
      }
      case 'note':
        if (this.#entries !== undefined) this.#record(noteEntry(cell.layer, cell.machine, this.now, effect))
        return
      case 'refusal':
        return this.#refuse(cell, input, effect)
    }
  }

  /** Queues a message for its receiver; false when nobody serves that layer. */
  #send(cell: Cell, to: Layer, { id, type, data }: { id: string; type: string; data: unknown }): boolean {
    const known = this.#known(to, type, data)
    const target = this.#cell(cell.machine, to)
    if (target === undefined) {
      if (this.#options.absent !== 'silent') throw new Error(`${cell.layer} sends ${type}, but there is no ${to}`)
      return false
    }
    this.#queue.push({ cell: target, input: { id, type, from: cell.layer, time: this.now, data: known } })
    return true
  }

  #question(cell: Cell, ask: Ask): void {
    const sent = ask.at === undefined && this.#send(cell, ask.to, ask)
    const late = () => {
      if (!sent && this.#entries !== undefined) this.#record(sentEntry(cell.layer, cell.machine, this.now, ask))
      this.#answerTo(ask.id, ask.fallback, true)
      this.settle()
    }
    const stop = ask.deadlineMs === undefined ? undefined : this.#clock.setTimer(ask.deadlineMs * 1e6, late)
    this.#asked.set(ask.id, { cell, ask, stop })
    if (ask.at !== undefined) this.#askElsewhere(cell, ask, ask.at)
  }

  /** The bus has no network: whoever made it reaches the service, or the question cannot be asked. */
  #askElsewhere(cell: Cell, ask: Ask, at: string): void {
    const { elsewhere } = this.#options
    if (elsewhere === undefined) {
      throw new Error(`${cell.layer} asks ${ask.type} at ${at}, and this bus was not told how to reach it (elsewhere)`)
    }
    const answer = elsewhere(at, ask, cell.machine)
    if (answer === undefined) return
    if (this.#entries !== undefined) this.#record(sentEntry(cell.layer, cell.machine, this.now, ask))
    this.#answerTo(ask.id, answer, false)
  }

  #answer(cell: Cell, to: string, data: unknown): void {
    if (this.#asked.has(to)) return this.#answerTo(to, data, false)
    const question = this.#outside.get(to)
    if (question === undefined) return
    question.answer = data
    this.#outside.delete(to)
    if (this.#entries !== undefined) {
      this.#record(outsideAnswerEntry(cell.layer, cell.machine, question.input, this.now, data))
    }
  }

  #answerTo(question: string, data: unknown, fallback: boolean): void {
    const asked = this.#asked.get(question)
    if (asked === undefined) return
    this.#asked.delete(question)
    asked.stop?.()
    const input: Input = { id: `${question}.a`, type: 'answer', from: asked.ask.to, time: this.now, data }
    if (this.#entries !== undefined) this.#answered.set(input.id, { ask: asked.ask, fallback })
    this.#queue.push({ cell: asked.cell, input })
  }

  #refuse(cell: Cell, input: Input, refusal: Refusal): void {
    const { code, detail, field } = refusal
    if (!isProblemCode(code)) throw new Error(`${cell.layer} refuses with ${code}, which is no problem code: ${detail}`)
    const id = refusal.to ?? input.id
    const known = id === input.id ? input : this.#entries?.findLast((entry) => entry.id === id)
    const [type, from] = [known?.type ?? '', known?.from ?? 'outside']
    this.#outside.delete(id)
    this.#refusals.push({ machine: cell.machine, layer: cell.layer, id, type, refusal })
    if (this.#entries !== undefined) {
      const refused = { id, type, from, by: cell.layer }
      this.#record(refusalEntry(cell.layer, cell.machine, this.now, refused, refusal))
    }
    const ask = this.#asked.get(id)?.ask
    if (ask === undefined) return
    const answer = { refused: field === undefined ? { code, detail } : { code, detail, field } }
    if (ask.fallback === undefined) this.#answerTo(id, answer, false)
    else this.#answerTo(id, ask.fallback, true)
  }

  #recordInput(cell: Cell, input: Input): void {
    const answered = input.type === 'answer' ? this.#answered.get(input.id) : undefined
    if (answered === undefined) return this.#record(messageEntry(cell.layer, cell.machine, input))
    this.#answered.delete(input.id)
    this.#record(answerEntry(cell.layer, cell.machine, input, answered.ask, answered.fallback))
  }

  #record(draft: Draft): void {
    this.#entries?.push({ seq: this.#entries.length + 1, ...draft })
  }
}
