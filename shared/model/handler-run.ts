import type { Layer } from '../contracts/layer.ts'
import type { NoteType } from '../contracts/notes/note.ts'
import type { ProblemCode } from '../contracts/problem.ts'
import type { QuestionType, OneWayType } from '../contracts/message.ts'
import { SAID, type AnsweringIo, type Limit, type Said } from './io.ts'
import { sameData } from './same-data.ts'
import type { TimerType } from './timer.ts'
import type { Ask, Effect, Input, Live, Note } from './step.ts'

/** One for all: making an Error walks the stack, which would cost more than the rest of a step. */
export const UNANSWERED = new Error('waits for an answer')

export class Refused extends Error {
  readonly refusal: Effect
  constructor(refusal: Effect) {
    super('refused')
    this.refusal = refusal
  }
}

/** A handler that was run again with the same answers asked for something else than before: it is no pure function. */
export class HandlerDiverged extends Error {
  override readonly name = 'HandlerDiverged'
  readonly before: Effect | undefined
  readonly now: Partial<Effect>

  constructor(input: Input, place: number, before: Effect | undefined, now: Partial<Effect>) {
    const text = (effect: Partial<Effect> | undefined) =>
      JSON.stringify(effect, (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))
    super(
      `the handler of ${input.type} ${input.id} was run again and differs in its effect ${place}: ` +
        `before ${text(before) ?? 'nothing'}, now ${text(now)}`
    )
    this.before = before
    this.now = now
  }
}

/** Stands for a note that nobody hears, so that what comes behind it has the same place and id. */
const UNHEARD: Note = { kind: 'note', id: '', type: '', data: undefined }

const NOTHING_ELSE: Pick<Note, 'because'> = {}

/** What a handler has been given and has asked for in its earlier runs. */
export interface Progress {
  readonly input: Input
  readonly answers: readonly unknown[]
  /** All that it has asked for so far, in its order; that much has left. */
  readonly issued: readonly Effect[]
}

/**
 * One run of a handler: what the handler talks to. What it had asked for in an earlier run is compared, and does not leave
 * again. With `live`, questions are answered while the handler stays on the stack.
 */
export class HandlerRun implements AnsweringIo<unknown> {
  readonly input: Input
  readonly id: string
  readonly now: number
  /** Effects that have not left yet. */
  fresh: Effect[] = []
  /** The question it stopped at. */
  asked: Ask | undefined
  /** It stopped at a command, which has left and is not answered yet; what the handler computes behind it is not known. */
  isAtCommand = false
  readonly #before: Progress
  readonly #live: Live | undefined
  #answers: readonly unknown[]
  #answered = 0
  #count = 0
  /** Effects that left during this run. */
  #left: Effect[] | undefined
  #because: Pick<Note, 'because'> = NOTHING_ELSE

  /** Handlers take it apart from the rest, so it must not need its `this`. */
  readonly answer = (data: unknown): Said => {
    if (this.#isNew('answer', undefined, undefined, data)) this.fresh.push({ kind: 'answer', to: this.input.id, data })
    return SAID
  }

  constructor(before: Progress, live: Live | undefined) {
    this.#before = before
    this.#live = live
    this.input = before.input
    this.id = before.input.id
    this.now = before.input.time
    this.#answers = before.answers
  }

  /** Where it has come to: all answers, and all effects including those that have not left yet. */
  progress(): Progress {
    const { issued } = this.#before
    const now = this.#left === undefined ? this.fresh : [...this.#left, ...this.fresh]
    return { input: this.input, answers: this.#answers, issued: issued.length === 0 ? now : [...issued, ...now] }
  }

  /** Throws HandlerDiverged when it has come to its end before it did all that it had done in an earlier run. */
  assertCaughtUp(): void {
    const { issued } = this.#before
    if (this.#count < issued.length) throw new HandlerDiverged(this.input, this.#count + 1, issued[this.#count], {})
  }

  send({ to, type }: OneWayType, data: unknown): void {
    if (this.#isNew('send', to, type, data))
      this.fresh.push({ kind: 'send', id: this.#id(), to, type, data, ...this.#because })
  }

  ask({ to, type }: QuestionType, data: unknown, limit?: Limit): unknown {
    const isNew = this.#isNew('ask', to, type, data)
    if (isNew) this.fresh.push(this.#question(to, type, data, limit))
    // Whoever carried the question has held the answer against its contract.
    if (this.#answered < this.#answers.length) return this.#answers[this.#answered++]
    const asked = (isNew ? this.fresh.at(-1) : this.#before.issued[this.#count - 1]) as Ask
    if (isNew && this.#live !== undefined) {
      const answer = this.#out(this.#live)
      if (answer !== undefined) {
        this.#answers = [...this.#answers, answer.value]
        this.#answered++
        return answer.value
      }
    }
    this.asked = asked
    throw UNANSWERED
  }

  command({ to, type }: QuestionType, data: unknown): void {
    if (!this.#isNew('ask', to, type, data)) return
    const question = this.#question(to, type, data, undefined)
    this.fresh.push(question)
    if (this.#live === undefined || this.#out(this.#live) !== undefined) return
    this.asked = question
    this.isAtCommand = true
    throw UNANSWERED
  }

  timer(afterNs: number, { type }: TimerType, data: unknown, name?: string): void {
    if (this.#isNew('timer', undefined, type, data)) {
      this.fresh.push({ kind: 'timer', id: name ?? this.#id(), afterNs, type, data })
    }
  }

  note({ type }: NoteType, data: unknown): void {
    if (this.#live?.hearsNotes === false) {
      if (this.#count++ >= this.#before.issued.length) this.fresh.push(UNHEARD)
      return
    }
    if (this.#isNew('note', undefined, type, data))
      this.fresh.push({ kind: 'note', id: this.#id(), type, data, ...this.#because })
  }

  because(...causes: readonly (string | undefined)[]): void {
    const because = causes.filter((cause): cause is string => cause !== undefined && cause !== this.id)
    this.#because = because.length === 0 ? NOTHING_ELSE : { because }
  }

  refuse(code: ProblemCode, detail: string, field?: string): never {
    const { id, type, from } = this.input
    const input = { id, type, from }
    throw new Refused({ kind: 'refusal', input, code, detail, ...(field === undefined ? {} : { field }) })
  }

  #id(): string {
    return `${this.input.id}.${this.#count}`
  }

  #question(to: Layer, type: string, data: unknown, limit: Limit | undefined): Ask {
    const ask: Ask = { kind: 'ask', id: this.#id(), to, type, data, ...this.#because }
    return limit === undefined ? ask : { ...ask, ...limit }
  }

  /** Lets out what has not left yet, and waits for the answer to the last of it. */
  #out(live: Live): { readonly value: unknown } | undefined {
    const effects = this.fresh
    this.fresh = []
    if (this.#left === undefined) this.#left = effects
    else this.#left.push(...effects)
    return live.ask(effects)
  }

  /** Counts an effect; false when an earlier run had it, which then was the same. */
  #isNew(kind: Effect['kind'], to: Layer | undefined, type: string | undefined, data: unknown): boolean {
    const before = this.#before.issued[this.#count++]
    if (before === undefined) return true
    if (before === UNHEARD && kind === 'note') return false
    const isSame =
      before.kind === kind &&
      (!('data' in before) || sameData(before.data, data)) &&
      (to === undefined || ('to' in before && before.to === to)) &&
      (type === undefined || ('type' in before && before.type === type))
    if (isSame) return false
    const now = { kind, ...(to && { to }), ...(type && { type }), data } as Partial<Effect>
    throw new HandlerDiverged(this.input, this.#count, before, now)
  }
}
