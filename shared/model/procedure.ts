import type { Static, TObject, TSchema } from 'typebox'
import type { Layer } from '../contracts/layer.ts'
import type { OneWayType, QuestionType } from '../contracts/message.ts'
import type { TimerType } from './timer.ts'
import type { ProblemCode } from '../contracts/problem.ts'
import type { Ask, Effect, Input, Model, RefusedAnswer } from './step.ts'

/**
 * A model written in straight lines: a handler may ask another layer a question in the middle and go on with
 * the answer, as kernel code reads a register. Underneath it is still a pure step: a handler that reaches an
 * unanswered question is abandoned like an instruction that faults, the question leaves, and when the answer has
 * come the handler runs again from the start with it. What it had already sent is not sent twice. Inputs that
 * arrive meanwhile wait in order.
 */
export interface Io {
  /** Nanoseconds since the machine's epoch at which the input being handled was accepted. */
  readonly now: number
  send<Data extends TObject>(message: OneWayType<Data>, data: Static<Data>): void
  /** The reply, or why there is none. With a limit, its fallback stands for an answer that did not come in time. */
  ask<Data extends TObject, Reply extends TSchema>(
    question: QuestionType<Data, Reply>,
    data: Static<Data>
  ): Answered<Static<Reply>>
  ask<Data extends TObject, Reply extends TSchema, Fallback extends Static<Reply> | undefined>(
    question: QuestionType<Data, Reply>,
    data: Static<Data>,
    limit: Limit<Fallback> | undefined
  ): Answered<Static<Reply>> | Fallback
  /**
   * A question whose answer says no more than that it is done: a write, an invalidation. The handler computes on; what
   * it asks of the outside after this leaves only once the answer has come.
   */
  command<Data extends TObject>(question: QuestionType<Data>, data: Static<Data>): void
  /** `name` is the timer's id where it should not be derived from the input's, as for one that is armed again and again. */
  timer<Data extends TObject>(afterNs: number, timer: TimerType<Data>, data: Static<Data>, name?: string): void
  note(type: string, data: unknown): void
  /** Refuses the input: the handler stops, nothing it did so far takes effect. Only before the first `ask`. */
  refuse(code: ProblemCode, detail: string, field?: string): never
}

/** What the handler of a question works with. */
export interface AnsweringIo<Reply> extends Io {
  readonly answer: (reply: Reply) => Said
}
/** What the handler of this question works with. */
export type Answering<Question extends QuestionType> = AnsweringIo<Static<Question['reply']>>

const BY_ANSWERING: unique symbol = Symbol('by answering')
/** Only answering gives this: who must return it must have answered. */
export interface Said {
  readonly said: typeof BY_ANSWERING
}
const SAID: Said = { said: BY_ANSWERING }

/** What a question comes to: the reply, or the refusal by the layer that was asked. */
export type Answered<Reply> = Reply | RefusedAnswer

/** When an answer is not worth waiting for any more, what stands for it then, and whom to ask instead of the layer's own. */
export interface Limit<Fallback = unknown> extends Pick<Ask, 'at'> {
  readonly deadlineMs: number
  readonly fallback: Fallback
}

/** Whether a question was refused; without a fallback, that is its answer. */
export function isRefused(answer: unknown): answer is RefusedAnswer {
  return typeof answer === 'object' && answer !== null && 'refused' in answer
}

/** Handles one input: returns the next state. Must not keep or change the state it was given. */
export type Handler<State> = (state: State, input: Input, io: AnsweringIo<unknown>) => State

/** A layer's state with the procedure that is waiting for an answer, if one is, and the inputs behind it. */
export interface Waiting<State> {
  readonly inner: State
  readonly running: Running<State> | undefined
  readonly queue: readonly Input[]
}
interface Running<State> extends Suspended<State> {
  /** Id of the question or command that is out. */
  readonly asked: string
  /** What leaves once that has been answered: up to and including the next command or question. */
  readonly held: readonly Effect[]
}
/** A handler that has come to a question, or to its end. */
interface Suspended<State> {
  readonly input: Input
  readonly answers: readonly unknown[]
  /** The question it stopped at; absent when it came to its end, with `next`. */
  readonly question: string | undefined
  readonly next: State | undefined
  /** How many effects it has asked for so far. */
  readonly count: number
}

/** One for all: making an Error walks the stack, which would cost more than the rest of a step. */
const UNANSWERED = new Error('waits for an answer')
class Refused extends Error {
  readonly refusal: Effect
  constructor(refusal: Effect) {
    super('refused')
    this.refusal = refusal
  }
}

/**
 * Runs the handler as far as it gets; `next` is absent when it stopped at a question. The first `emitted` effects have
 * left in an earlier run and are only counted.
 */
function run<State>(
  handler: Handler<State>,
  state: State,
  input: Input,
  answers: readonly unknown[],
  emitted: number
): Ran<State> {
  const fresh: Effect[] = []
  let count = 0
  let answered = 0
  let asked: string | undefined
  const isNew = () => ++count > emitted
  const id = () => `${input.id}.${count}`
  const ask = ({ to, type }: QuestionType, data: unknown, limit?: Limit): unknown => {
    if (isNew()) fresh.push({ kind: 'ask', id: id(), to, type, data, ...limit })
    if (answered < answers.length) return answers[answered++]
    asked = id()
    throw UNANSWERED
  }
  const io: AnsweringIo<unknown> = {
    now: input.time,
    send: ({ to, type }, data) => void (isNew() && fresh.push({ kind: 'send', id: id(), to, type, data })),
    // Whoever carried the question has held the answer against its contract.
    ask,
    command: ({ to, type }, data) => void (isNew() && fresh.push({ kind: 'ask', id: id(), to, type, data })),
    answer(data) {
      if (isNew()) fresh.push({ kind: 'answer', to: input.id, data })
      return SAID
    },
    timer: (afterNs, { type }, data, name) =>
      void (isNew() && fresh.push({ kind: 'timer', id: name ?? id(), afterNs, type, data })),
    note: (type, data) => void (isNew() && fresh.push({ kind: 'note', id: id(), type, data })),
    refuse(code, detail, field) {
      throw new Refused({ kind: 'refusal', input, code, detail, ...(field === undefined ? {} : { field }) })
    }
  }
  try {
    return { next: handler(state, input, io), fresh, asked, count }
  } catch (stop) {
    if (stop === UNANSWERED) return { next: undefined, fresh, asked, count }
    if (stop instanceof Refused) return { next: state, fresh: [stop.refusal], asked: undefined, count }
    throw stop
  }
}

interface Ran<State> {
  readonly next: State | undefined
  /** Effects that have not left yet. */
  readonly fresh: readonly Effect[]
  /** The question it stopped at. */
  readonly asked: string | undefined
  /** All effects so far, from the first run on. */
  readonly count: number
}

/** Makes a model of a handler. `initial` gives the layer's own state for a machine. */
export function procedure<State>(
  layer: Layer,
  initial: (machine: string) => State,
  handler: Handler<State>
): Model<Waiting<State>> {
  type Stepped = readonly [Waiting<State>, readonly Effect[]]

  const begin = (state: Waiting<State>, input: Input, answers: readonly unknown[], emitted: number): Stepped => {
    const { next, fresh, asked, count } = run(handler, state.inner, input, answers, emitted)
    return release(state, { input, answers, question: asked, next, count }, fresh)
  }

  /** Lets effects out up to the first that must be answered before the rest may follow. */
  const release = (state: Waiting<State>, at: Suspended<State>, effects: readonly Effect[]): Stepped => {
    const { inner, queue } = state
    const stop = effects.findIndex(({ kind }) => kind === 'ask')
    const asked = effects[stop]
    if (asked?.kind !== 'ask') return [{ inner: at.next as State, running: undefined, queue }, effects]
    const { input, answers, question, next, count } = at
    const running = { input, answers, question, next, count, asked: asked.id, held: effects.slice(stop + 1) }
    return [{ inner, running, queue }, stop + 1 === effects.length ? effects : effects.slice(0, stop + 1)]
  }

  const goOn = (state: Waiting<State>, running: Running<State>, answer: unknown): Stepped =>
    running.asked === running.question
      ? begin(state, running.input, [...running.answers, answer], running.count)
      : release(state, running, running.held)

  return {
    layer,
    initial: (machine) => ({ inner: initial(machine), running: undefined, queue: [] }),
    view: ({ inner }) => inner,
    step(state, input) {
      const { running } = state
      if (running === undefined) return begin(state, input, [], 0)
      if (input.type !== 'answer' || input.id !== `${running.asked}.a`) {
        return [{ ...state, queue: [...state.queue, input] }, []]
      }
      let [next, effects] = goOn(state, running, input.data)
      while (next.running === undefined && next.queue.length > 0) {
        const [head, ...queue] = next.queue as [Input, ...Input[]]
        const [after, more] = begin({ ...next, queue }, { ...head, time: Math.max(head.time, input.time) }, [], 0)
        next = after
        effects = [...effects, ...more]
      }
      return [next, effects]
    }
  }
}
