import type { Static, TObject, TSchema } from 'typebox'
import { isUnder } from '../contracts/event-id.ts'
import type { OneWayType, QuestionType } from '../contracts/message.ts'
import type { NoteData, NoteType } from '../contracts/notes/note.ts'
import type { ProblemCode } from '../contracts/problem.ts'
import type { Ask, Input, RefusedAnswer } from './step.ts'
import type { TimerType } from './timer.ts'

/** What a handler talks to while it handles an input. */
export interface Io {
  /** Id of the input being handled, for states that remember what something follows from. */
  readonly id: string
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
  note<Data extends TSchema>(note: NoteType<Data>, data: NoteData<Data>): void
  /**
   * What is sent, asked and noted from here on also follows from the inputs with these ids: from what planted the error,
   * or sent the signal. Says so in place of what was said before.
   */
  because(...causes: readonly (string | undefined)[]): void
  /**
   * Refuses the input: the handler stops, nothing it did so far takes effect. What has been asked cannot be taken back, so
   * only before the first `ask`, or behind questions that change nothing and are asked before anything else leaves; then
   * only where the input is a question itself, whose sender still waits.
   */
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
/** What answering gives. */
export const SAID: Said = { said: BY_ANSWERING }

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

/** Id of the message that asked for some work, unless the input being handled follows from it by its name already. */
export function askerOf({ id }: Pick<Io, 'id'>, { askedBy }: { readonly askedBy: string }): string | undefined {
  return isUnder(id, askedBy) ? undefined : askedBy
}

/** Handles one input: returns the next state. Must not keep or change the state it was given. */
export type Handler<State> = (state: State, input: Input, io: AnsweringIo<unknown>) => State
