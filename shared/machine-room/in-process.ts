import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { InProcessBus } from './bus-run.ts'
import type { Entry } from '../trace/entry.ts'
import type { AnyModel, Ask, Model, Refusal } from '../model/step.ts'

/**
 * All layers in one process under virtual time: one FIFO queue, hops without latency, timers by time and then by
 * order of setting. No JSON, no copies: models hand each other their values.
 */
export interface BusOptions {
  /** Machines that exist from the start; default `m0`. */
  readonly machines?: readonly string[]
  /** Default true; without a journal nothing is recorded and runs are fastest. */
  readonly journal?: boolean
  /** What each layer accepts; default is the registry of all contracts. A message outside of it is an error. */
  readonly accepts?: Readonly<Partial<Record<Layer, readonly MessageType[]>>>
  /**
   * What becomes of a message to a layer without a model: `error` throws (the default), `silent` treats it as a service
   * that is down: sends are lost, a question gets its fallback after its deadline or is never answered.
   */
  readonly absent?: 'error' | 'silent'
  /** Default false; true passes every message through its wire form and schema, as services would, and throws. */
  readonly validate?: boolean
  /**
   * Answers a question to a service elsewhere (`Ask.at`), which a bus cannot reach by itself. Without it such a question
   * is an error. Undefined is no answer: the fallback after the deadline.
   */
  readonly elsewhere?: (at: string, ask: Ask, machine: string) => unknown
  /** Steps within one instant after which a run counts as endless and throws; default 1,000,000. */
  readonly maxSteps?: number
}

export interface Posted {
  readonly id: string
  /** Present when the receiver refused the message at once. */
  readonly refusal?: Refusal
}

/** An input that a layer refused, whoever sent it. */
export interface Refused {
  readonly machine: string
  readonly layer: Layer
  readonly id: string
  readonly type: string
  readonly refusal: Refusal
}

export interface Bus {
  /** Nanoseconds since the bus was made. */
  readonly now: number
  /** Makes a machine on every layer; nothing if it exists. Its start is settled. */
  create(machine: string): void
  /** Hands a message to a layer, as `from` (default outside), and runs up to and including its receipt. */
  post(machine: string, to: Layer, type: string, data: unknown, options?: PostOptions): Posted
  /** Posts a question from outside, settles and returns the answer. Throws if it was refused or not answered. */
  ask(machine: string, to: Layer, type: string, data: unknown): unknown
  /** Runs until nothing is left to deliver. */
  settle(): void
  /** Settles, then moves time on, firing timers in order and settling after each. */
  advance(ns: number): void
  /** Nanoseconds until the next timer, or undefined. */
  nextTimer(): number | undefined
  /** A layer's state for a machine (default m0). Throws if there is none. */
  state(layer: Layer, machine?: string): unknown
  /** Everything so far, in order, over all layers and machines. */
  journal(): readonly Entry[]
  refusals(): readonly Refused[]
}

export interface PostOptions {
  readonly id?: string
  readonly from?: Layer | 'outside'
}

/**
 * Runs models together. A model of any state type may be given: the bus never looks into a state.
 * Throws at once when a layer sends what its receiver does not know.
 */
export function createBus(models: readonly AnyModel[], options: BusOptions = {}): Bus {
  return new InProcessBus(models as readonly Model<unknown>[], options)
}
