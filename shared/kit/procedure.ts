import type { Layer } from '../contracts/layer.ts'
import type { Effect, Input, Model } from './step.ts'

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
  send(to: Layer, type: string, data: unknown): void
  ask(to: Layer, type: string, data: unknown, limit?: { deadlineMs: number; fallback: unknown }): unknown
  answer(data: unknown): void
  timer(afterNs: number, type: string, data: unknown): void
  note(type: string, data: unknown): void
  /** Refuses the input: the handler stops, nothing it did so far takes effect. Only before the first `ask`. */
  refuse(code: string, detail: string, field?: string): never
}

/** Handles one input: returns the next state. Must not keep or change the state it was given. */
export type Handler<State> = (state: State, input: Input, io: Io) => State

/** A layer's state with the procedure that is waiting for an answer, if one is, and the inputs behind it. */
export interface Waiting<State> {
  readonly inner: State
  readonly running: Running | undefined
  readonly queue: readonly Input[]
}
interface Running {
  readonly input: Input
  /** Id of the question that is out. */
  readonly asked: string
  readonly answers: readonly unknown[]
  /** How many effects have left already. */
  readonly emitted: number
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
  const io: Io = {
    now: input.time,
    send: (to, type, data) => void (isNew() && fresh.push({ kind: 'send', id: id(), to, type, data })),
    ask(to, type, data, limit) {
      if (isNew()) fresh.push({ kind: 'ask', id: id(), to, type, data, ...limit })
      if (answered < answers.length) return answers[answered++]
      asked = id()
      throw UNANSWERED
    },
    answer: (data) => void (isNew() && fresh.push({ kind: 'answer', to: input.id, data })),
    timer: (afterNs, type, data) => void (isNew() && fresh.push({ kind: 'timer', id: id(), afterNs, type, data })),
    note: (type, data) => void (isNew() && fresh.push({ kind: 'note', id: id(), type, data })),
    refuse(code, detail, field) {
      throw new Refused({ kind: 'refusal', to: input.id, code, detail, ...(field === undefined ? {} : { field }) })
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
  const begin = (state: Waiting<State>, input: Input, answers: readonly unknown[], emitted: number) => {
    const { next, fresh, asked, count } = run(handler, state.inner, input, answers, emitted)
    const { queue } = state
    if (asked !== undefined) {
      return [{ inner: state.inner, running: { input, asked, answers, emitted: count }, queue }, fresh] as const
    }
    return [{ inner: next as State, running: undefined, queue }, fresh] as const
  }

  return {
    layer,
    initial: (machine) => ({ inner: initial(machine), running: undefined, queue: [] }),
    step(state, input) {
      const { running } = state
      if (running === undefined) return begin(state, input, [], 0)
      if (input.type !== 'answer' || input.id !== `${running.asked}.a`) {
        return [{ ...state, queue: [...state.queue, input] }, []]
      }
      let [next, effects] = begin(state, running.input, [...running.answers, input.data], running.emitted)
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
