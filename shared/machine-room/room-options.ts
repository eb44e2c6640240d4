import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Problem } from '../contracts/problem.ts'
import type { Transport } from '../transport/transport.ts'

/** What a machine room is made with, and what it says to whoever drives it. */
export interface RoomOptions {
  /** Machines that exist from the start; default `m0`. */
  readonly machines?: readonly string[]
  /** Default true; without a journal nothing is written down and runs are fastest. */
  readonly journal?: boolean
  /** What each layer accepts; default is the registry of all contracts. A message outside of it is an error. */
  readonly accepts?: Readonly<Partial<Record<Layer, readonly MessageType[]>>>
  /**
   * What becomes of a message to a layer without a model: `error` throws (the default), `silent` treats it as a service
   * that is down: sends are lost, a question gets its fallback after its deadline or is never answered.
   */
  readonly absent?: 'error' | 'silent'
  /** Default false: models hand each other their values. True passes everything through its wire form and schema. */
  readonly validate?: boolean
  /** Default true: a handler stays on the stack while its questions are answered. False: it is run again with each answer. */
  readonly live?: boolean
  /** The way to services elsewhere, for questions with an address of their own. Without it such a question is an error. */
  readonly outside?: Transport
  /** Deliveries within one instant after which a run counts as endless and throws; default 1,000,000. */
  readonly maxSteps?: number
}

/** A message type of a contract, as far as it says where a message goes. */
export type Addressed = Pick<MessageType, 'to' | 'type'>

export interface Posted {
  readonly id: string
  /** Present when the receiver refused the message at once. */
  readonly refusal?: Problem
}

/** A timer that is set. */
export interface DueTimer {
  readonly type: string
  readonly dueInNs: number
}

/** An input that a layer refused, whoever sent it. */
export interface RefusedInput {
  readonly machine: string
  readonly layer: Layer
  readonly id: string
  readonly type: string
  readonly refusal: Pick<Problem, 'code' | 'detail' | 'field'>
}

export interface PostOptions {
  readonly id?: string | undefined
  readonly from?: Layer | 'outside'
}
