import type { ProblemCode } from '../contracts/problem.ts'
import type { Layer } from '../contracts/layer.ts'

/**
 * The shape of every layer's model: a pure function from a state and an input to the next state and
 * what the layer asks of the outside. Nothing here does I/O; the engine carries the effects out.
 */

/** One message as a model sees it. `time` is nanoseconds since the machine's epoch, given by the shell. */
export interface Input {
  readonly id: string
  readonly type: string
  readonly from: Layer | 'outside' | 'timer'
  readonly time: number
  readonly data: unknown
}

/** One way, delivered at least once; the receiver drops an id it has seen. */
export interface Send {
  readonly kind: 'send'
  readonly id: string
  readonly to: Layer
  readonly type: string
  readonly data: unknown
  /** Ids of what it follows from besides the input that it is an effect of. */
  readonly because?: readonly string[]
}

/**
 * A question; the answer comes back as an input of type `answer` whose id is the question's id + `.a`.
 * Without `deadlineMs` the question is repeated until it is answered; with it, `fallback` is the answer after that time.
 * A question that was refused is answered with its `fallback`, or without one with a `RefusedAnswer`.
 */
export interface Ask {
  readonly kind: 'ask'
  readonly id: string
  readonly to: Layer
  readonly type: string
  readonly data: unknown
  /** Base URL of a service to ask in place of the one that serves `to`. */
  readonly at?: string
  readonly deadlineMs?: number
  readonly fallback?: unknown
  /** Ids of what it follows from besides the input that it is an effect of. */
  readonly because?: readonly string[]
}

/** The answer to a question that was refused, where it has no `fallback`. */
export interface RefusedAnswer {
  readonly refused: { readonly code: ProblemCode; readonly detail: string; readonly field?: string }
}

/** The answer to the input with id `to`, which was a question. */
export interface Answer {
  readonly kind: 'answer'
  readonly to: string
  readonly data: unknown
}

/** Fires as an input with this id and type, `from: 'timer'`, once `afterNs` have passed. */
export interface Timer {
  readonly kind: 'timer'
  readonly id: string
  readonly afterNs: number
  readonly type: string
  readonly data: unknown
}

/** Only for the journal: something happened inside the layer. Nobody acts on it. */
export interface Note {
  readonly kind: 'note'
  readonly id: string
  readonly type: string
  readonly data: unknown
  /** Ids of what it follows from besides the input that it is an effect of. */
  readonly because?: readonly string[]
}

/** The input was refused: nothing else happened and the state is unchanged. Codes live in `contracts/problem.ts`. */
export interface Refusal {
  readonly kind: 'refusal'
  /** The refused input; absent means the one that this step was given. */
  readonly input?: Pick<Input, 'id' | 'type' | 'from'>
  readonly code: ProblemCode
  readonly detail: string
  /** JSON pointer of the offending field within `data`, if one field is to blame. */
  readonly field?: string
}

export type Effect = Send | Ask | Answer | Timer | Note | Refusal

/**
 * With `live` a model may have its questions answered during the step; which effects leave, in which order, and the state
 * it comes to are the same as without.
 */
export type Step<State> = (state: State, input: Input, live?: Live) => readonly [State, readonly Effect[]]

/** Where effects leave and answers come while a step is on the stack. */
export interface Live {
  /** Whether anybody hears of notes; where nobody does they need not be made. */
  readonly hearsNotes: boolean
  /** Inputs of this machine that came meanwhile, in their order. */
  readonly waiting: Input[]
  /** Lets effects out. */
  out(effects: readonly Effect[]): void
  /** Lets effects out, the last of which is a question, and gives its answer; undefined when that does not come meanwhile. */
  ask(effects: readonly Effect[]): { readonly value: unknown } | undefined
}

/** A layer as the engine runs it. */
export interface Model<State> {
  readonly layer: Layer
  readonly initial: (machine: string) => State
  readonly step: Step<State>
  /** What a reader sees of a state: the layer's own part of it. */
  readonly view: (state: State) => unknown
  /** Inputs that have been taken in and are not handled to their end. Absent: there are none between two steps. */
  readonly pending?: (state: State) => readonly Pick<Input, 'id' | 'type'>[]
  /** Why the layer does nothing more on this machine. */
  readonly stopped?: (state: State) => string | undefined
}

/**
 * A model of whatever state, for the engine, which never looks into a state: it hands a model the states that this model
 * gave it. As methods, so that a model of any state is one.
 */
export interface AnyModel {
  readonly layer: Layer
  readonly initial: (machine: string) => unknown
  step(state: unknown, input: Input, live?: Live): readonly [unknown, readonly Effect[]]
  view(state: unknown): unknown
  pending?(state: unknown): readonly Pick<Input, 'id' | 'type'>[]
  stopped?(state: unknown): string | undefined
}
