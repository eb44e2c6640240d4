import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Problem } from '../contracts/problem.ts'

/** A message on its way to the layer that accepts it, its data in wire form. */
export interface Outgoing {
  readonly machine: string
  readonly id: string
  readonly row: MessageType
  readonly data: unknown
  readonly cause: string | undefined
  /** Wall time at which it was sent, ms since 1970. */
  readonly timeMs: number
  readonly traceparent: string | undefined
  /** Base URL of a service to ask in place of the one that serves the layer. */
  readonly at?: string | undefined
}

/**
 * What became of a message. `journalled` says that the receiver keeps a journal of its own; otherwise the sender
 * writes the message down. `answer` is JSON and not validated yet.
 */
export type Outcome =
  | { readonly kind: 'accepted'; readonly journalled: boolean }
  | { readonly kind: 'answered'; readonly journalled: boolean; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly journalled: boolean; readonly problem: Problem }

/**
 * The way to the other layers. Messages of one machine to one layer arrive in the order of `deliver`, are repeated
 * under the same id until they are accepted, answered or refused, and `done` is called in that order, once each.
 */
export interface Neighbours {
  /** The function returned gives a question up: it is not repeated and `done` is not called any more. */
  deliver(message: Outgoing, done: (outcome: Outcome) => void): () => void
  /** Where a layer is, for people; undefined when it is not configured. */
  urlOf(layer: Layer): string | undefined
  close(): Promise<void>
}

/** Somewhere without neighbours: whatever is sent waits for ever. For models that send nothing. */
export const noNeighbours: Neighbours = {
  deliver: () => () => undefined,
  urlOf: () => undefined,
  close: () => Promise.resolve()
}
