import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Problem } from '../contracts/problem.ts'
import type { Passing } from './passing.ts'

/** A message on its way to the layer that accepts it, its data as the codec has it: JSON, or in process a value. */
export interface Outgoing {
  readonly machine: string
  readonly id: string
  readonly message: MessageType
  readonly data: unknown
  readonly from: Layer
  /** Id of the input that led to it; what else it follows from stands behind, with spaces between. */
  readonly cause: string | undefined
  /** Wall time at which it was sent, ms since 1970. */
  readonly timeMs: number
  /** A `TraceContext`: traceparent, with tracestate behind a space. */
  readonly traceparent: string | undefined
  /** Base URL of a service to ask in place of the one that serves the layer. */
  readonly at?: string | undefined
  /** After so many ms its sender needs no answer any more. */
  readonly deadlineMs?: number | undefined
}

/**
 * What became of a message, as its receiver says it and its sender hears it. `journalled`: the receiver has written it
 * down; otherwise the sender does. `answer` is as the codec has it and not validated yet.
 */
export type Reply =
  | { readonly kind: 'accepted'; readonly journalled: boolean; readonly id: string; readonly seq: number }
  | { readonly kind: 'answered'; readonly journalled: boolean; readonly answer: unknown }
  | {
      readonly kind: 'refused'
      readonly journalled: boolean
      readonly problem: Problem
      /** The receiver could not take it, this often, and its sender gives it up; absent where it was refused. */
      readonly tries?: number
      /** Why it is of now only. Between a receiver and the lane that repeats the message; whoever sent it never hears of it. */
      readonly passing?: Passing
      /** After how many ms the receiver asks to be tried again, where it says so. Likewise. */
      readonly againMs?: number
    }

/** The way to one neighbour, as it is now. */
export interface Neighbour {
  readonly layer: Layer
  readonly url: string
  readonly way: 'link' | 'POST'
  /** Why it cannot be reached, or does not fit; undefined when it answers. */
  readonly trouble: Problem | undefined
  /** What is held for it until it has taken it, and how long that is as JSON, in characters. */
  readonly messages: number
  readonly bytes: number
  /** How often something was sent to it once more. */
  readonly retries: number
}

/**
 * The way to the other layers. Messages of one machine to one layer arrive in the order of `deliver`, are repeated
 * under the same id until they are accepted, answered or refused, and `done` is called in that order, once each.
 */
export interface Transport {
  /** The function returned gives a question up: it is not repeated and `done` is not called any more. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void
  /**
   * Delivers what is under way, in its order, until the question with this id is done; false when that cannot be while
   * the caller stays on the stack. Absent where answers come later in any case.
   */
  await?(id: string): boolean
  /** Gives up all that is under way of a machine, and forgets it: it has been deleted. */
  forget?(machine: string): void
  /** Where a layer is, for people; undefined when it is not configured. */
  urlOf(layer: Layer): string | undefined
  /**
   * The neighbour for which so much of a machine waits that nobody outside may cause more of it; undefined when there is
   * none. Absent where nothing ever waits.
   */
  fullFor?(machine: string): Layer | undefined
  /** All neighbours that were sent to. */
  neighbours?(): readonly Neighbour[]
  close(): Promise<void>
}

/** Nowhere to send to: whatever is sent waits for ever. For models that send nothing. */
export const noTransport: Transport = {
  deliver: () => () => undefined,
  urlOf: () => undefined,
  close: () => Promise.resolve()
}
