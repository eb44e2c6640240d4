import { canonicalJson } from '../contracts/canonical-json.ts'
import type { Layer } from '../contracts/layer.ts'
import { MACHINE_START } from '../contracts/message.ts'
import type { Wire } from '../contracts/validate.ts'
import type { How } from './effects.ts'
import { digestOf } from './digest.ts'
import { askedBy, type Instance } from './instance.ts'
import type { Seen } from './seen.ts'
import type { StoredInput } from './store.ts'
import type { Ask, Input } from '../model/step.ts'
import { parted, withContext } from './stored-trace.ts'

/** Inputs as the store keeps them, and back. */

const ANSWER_SUFFIX = '.a'

/** The first input of a machine. */
export function startOf(layer: Layer, machine: string, time: number): Input {
  return { id: `${machine}.${layer}.start`, type: MACHINE_START, from: 'outside', time, data: {} }
}

export function answerOf(ask: Ask, time: number, data: unknown): Input {
  return { id: `${ask.id}${ANSWER_SUFFIX}`, type: 'answer', from: ask.to, time, data }
}

/** What a message says, as a digest; equal values have equal digests, in whatever order their fields are written. */
export const bodyOf = (json: unknown): number => digestOf(canonicalJson(json))

/** Whether a message is the one that was seen before under its id. */
export function isRepeat(seen: Seen, type: string, json: unknown): boolean {
  return seen.type === type && (seen.body === undefined || seen.body === bodyOf(json))
}

export function storedOf(
  machine: string,
  input: Input,
  { form, json, cause, traceparent }: How,
  place: number | undefined,
  effects: string
): StoredInput {
  const { id, type, from, time } = input
  const isMessage = type !== 'answer' && from !== 'timer'
  const kept = isMessage && traceparent !== undefined ? withContext(cause, machine, id, traceparent) : cause
  return { form, machine, id, type, from, cause: kept, time, data: json, place, effects }
}

export interface StoredInputPorts {
  /** Validates and decodes the data of an accepted type. */
  readonly parse: (type: string, json: unknown) => ReturnType<Wire['parse']> | undefined
  /** Decodes the answer to a question. */
  readonly replyOf: (ask: Ask, json: unknown) => unknown
}

/**
 * The input that a row keeps. A question that it answers, or a timer that it is the firing of, is done with in the instance.
 * Throws when the row does not belong to this model any more.
 */
export function inputOf(
  stored: StoredInput,
  instance: Instance,
  { parse, replyOf }: StoredInputPorts
): { input: Input; how: How } {
  const { form, id, type, from, time, data: json, place, effects } = stored
  if (type === 'answer') {
    const asked = askedBy(instance, id.slice(0, -ANSWER_SUFFIX.length))
    if (asked === undefined) throw new Error(`the store has ${id}, but nothing was asked`)
    const { ask, traceparent } = asked
    instance.asked.delete(asked)
    const value = form === 'wire' ? replyOf(ask, json) : form === 'fallback' ? (json ?? ask.fallback) : json
    return {
      input: answerOf(ask, time, value),
      how: { form, json, cause: undefined, traceparent, place, effects, ask }
    }
  }
  if (from === 'timer') {
    const armed = instance.timers.get(id)
    if (armed === undefined) throw new Error(`the store has ${id}, but no such timer was set`)
    instance.timers.delete(id)
    return {
      input: { id, type, from, time, data: armed.timer.data },
      how: { form, json, cause: undefined, traceparent: armed.traceparent, place, effects, ask: undefined }
    }
  }
  const { cause, context } = parted(stored.cause)
  const parsed = type === MACHINE_START ? { value: {} } : parse(type, json)
  if (parsed === undefined || 'error' in parsed) throw new Error(`the store has ${id}, which is no ${type} any more`)
  return {
    input: { id, type, from, time, data: parsed.value },
    how: { form, json, cause, traceparent: context, place, effects, ask: undefined }
  }
}
