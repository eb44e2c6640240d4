import type { Layer } from '../contracts/layer.ts'
import type { Handler } from './io.ts'
import { HandlerRun, Refused, UNANSWERED, type Progress } from './handler-run.ts'
import type { Effect, Input, Live, Model } from './step.ts'

/** A layer's state with the procedure that is waiting for an answer, if one is, and the inputs behind it. */
export interface Waiting<State> {
  readonly inner: State
  readonly running: Running<State> | undefined
  readonly queue: readonly Input[]
}
/** A handler that waits at a question, or has come to its end and waits for a command to be done. */
interface Running<State> extends Progress {
  /** The question that the handler stopped at; absent when it came to its end, with `next`. */
  readonly question: string | undefined
  readonly next: State | undefined
  /** Id of the question or command that is out. */
  readonly asked: string
  /** What leaves once that has been answered: up to and including the next command or question. */
  readonly held: readonly Effect[]
}

/** A run of a handler that has come to a question, or to its end. */
interface Ran<State> {
  readonly io: HandlerRun
  /** The question that it stopped at; absent when it came to its end, with `next`. */
  readonly question: string | undefined
  readonly next: State | undefined
  /** The question or command that has left already, where the handler was on the stack. */
  readonly out: string | undefined
}

/** Runs a handler as far as it gets. */
function run<State>(handler: Handler<State>, state: State, before: Progress, live: Live | undefined): Ran<State> {
  const io = new HandlerRun(before, live)
  try {
    const next = handler(state, before.input, io)
    io.assertCaughtUp()
    return { io, next, question: undefined, out: undefined }
  } catch (stop) {
    if (stop instanceof Refused) {
      io.fresh = [stop.refusal]
      return { io, next: state, question: undefined, out: undefined }
    }
    if (stop !== UNANSWERED) throw stop
    const out = live === undefined || io.fresh.length > 0 ? undefined : io.asked?.id
    // What the handler computes behind a command is had by running it again, without waiting.
    if (io.isAtCommand) return { ...run(handler, state, io.progress(), undefined), out }
    return { io, next: undefined, question: io.asked?.id, out }
  }
}

const isAsk = ({ kind }: Effect) => kind === 'ask'
const NOTHING_YET = { answers: [], issued: [] } as const

/**
 * A model written in straight lines: a handler may ask another layer a question in the middle and go on with
 * the answer, as kernel code reads a register. Underneath it is still a pure step: a handler that reaches an
 * unanswered question is abandoned like an instruction that faults, the question leaves, and when the answer has
 * come the handler runs again from the start with it. What it had already sent is not sent twice. Inputs that
 * arrive meanwhile wait in order.
 *
 * `initial` gives the layer's own state for a machine, `stopped` says why a layer in a state does nothing more.
 */
export function procedure<State>(
  layer: Layer,
  initial: (machine: string) => State,
  handler: Handler<State>,
  stopped: (state: State) => string | undefined = () => undefined
): Model<Waiting<State>> {
  type Stepped = readonly [Waiting<State>, readonly Effect[]]

  const begin = (state: Waiting<State>, before: Progress, live: Live | undefined): Stepped => {
    const { io, question, next, out } = run(handler, state.inner, before, live)
    const { inner } = state
    const queue =
      live === undefined || live.waiting.length === 0 ? state.queue : [...state.queue, ...live.waiting.splice(0)]
    if (out !== undefined) {
      return [{ inner, running: { ...io.progress(), question, next, asked: out, held: io.fresh }, queue }, []]
    }
    if (!io.fresh.some(isAsk)) return [{ inner: next as State, running: undefined, queue }, io.fresh]
    return release({ inner, running: undefined, queue }, { ...io.progress(), question, next }, io.fresh)
  }

  /** Lets effects out up to the first that must be answered before the rest may follow. */
  const release = (
    { inner, queue }: Waiting<State>,
    { input, answers, issued, question, next }: Progress & Pick<Ran<State>, 'question' | 'next'>,
    effects: readonly Effect[]
  ): Stepped => {
    const stop = effects.findIndex(isAsk)
    const asked = effects[stop]
    if (asked?.kind !== 'ask') return [{ inner: next as State, running: undefined, queue }, effects]
    const held = effects.slice(stop + 1)
    const running = { input, answers, issued, question, next, asked: asked.id, held }
    return [{ inner, running, queue }, held.length === 0 ? effects : effects.slice(0, stop + 1)]
  }

  const goOn = (state: Waiting<State>, running: Running<State>, answer: unknown, live: Live | undefined): Stepped =>
    running.asked === running.question
      ? begin(state, { ...running, answers: [...running.answers, answer] }, live)
      : release(state, running, running.held)

  /** What waited behind a handler that has come to its end is handled now. */
  const catchUp = ([first, effects]: Stepped, time: number, live: Live | undefined): Stepped => {
    let state = first
    let all = effects
    while (state.running === undefined && state.queue.length > 0) {
      const [head, ...queue] = state.queue as [Input, ...Input[]]
      const input = head.time < time ? { ...head, time } : head
      if (all.length > 0) live?.out(all)
      const [next, more] = begin({ ...state, queue }, { input, ...NOTHING_YET }, live)
      state = next
      all = live === undefined ? [...all, ...more] : more
    }
    return [state, all]
  }

  return {
    layer,
    initial: (machine) => ({ inner: initial(machine), running: undefined, queue: [] }),
    view: ({ inner }) => inner,
    pending: ({ running, queue }) => (running === undefined ? queue : [running.input, ...queue]),
    stopped: ({ inner }) => stopped(inner),
    step(state, input, live) {
      const { running } = state
      if (running === undefined) return catchUp(begin(state, { input, ...NOTHING_YET }, live), input.time, live)
      if (input.type !== 'answer' || input.id !== `${running.asked}.a`) {
        return [{ ...state, queue: [...state.queue, input] }, []]
      }
      return catchUp(goOn(state, running, input.data, live), input.time, live)
    }
  }
}
