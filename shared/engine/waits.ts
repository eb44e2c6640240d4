import type { Waits } from '../contracts/became.ts'
import { todoAbout, type DeadLetter } from '../contracts/dead-letter.ts'
import type { Layer } from '../contracts/layer.ts'
import type { AnyModel, Send } from '../model/step.ts'
import { holdingLetters, type Instance } from './instance.ts'

const anything = () => true

/** What a layer is still about to do because of a message: `isUnder` says which ids follow from that. */
export function waitsOf(
  { layer, pending }: { readonly layer: Layer; readonly pending: AnyModel['pending'] },
  instance: Instance,
  now: number,
  isUnder: (id: string) => boolean
): readonly Waits[] {
  const handled = (pending?.(instance.state) ?? []).filter(({ id }) => isUnder(id))
  // What is handled later waits behind the question that its layer has not got over, whoever that follows from.
  const held = holdingLetters(instance)
  const behind = handled.length === 0 ? [] : held.filter(({ id }) => !isUnder(id))
  const timers = [...instance.timers.values()].filter(({ timer }) => isUnder(timer.id))
  return [
    ...undelivered(layer, instance, { now, held, isUnder }),
    ...behind.map((letter) => letterWaits(letter, now, true)),
    ...handled.map(({ id, type }) => ({ layer, for: 'handler', id, type }) as const),
    ...timers.map(({ timer: { id, type }, due }) => {
      const dueInNs = Math.max(0, Math.round(due - now))
      return { layer, for: 'timer', id, type, dueInNs } as const
    })
  ]
}

interface Look {
  readonly now: number
  /** `holdingLetters` of the machine. */
  readonly held: readonly DeadLetter[]
  readonly limit?: number
  readonly isUnder?: (id: string) => boolean
}

/**
 * What a machine has sent and no receiver has taken, and what it has asked and nobody has answered; so many at most. Dead
 * letters are among it, though nothing happens to them by itself.
 */
export function undelivered(
  layer: Layer,
  instance: Instance,
  { now, held, limit = Infinity, isUnder = anything }: Look
): readonly Waits[] {
  const waits: Waits[] = []
  const wait = (what: Waits['for'], { id, type, to }: Pick<Send, 'id' | 'type' | 'to'>, since: number | undefined) => {
    if (waits.length >= limit || !isUnder(id)) return
    const waited = since === undefined ? {} : { waitedNs: Math.max(0, Math.round(now - since)) }
    waits.push({ layer, for: what, id, type, to, ...waited })
  }
  const holds = new Set(held.map(({ id }) => id))
  for (const letter of held) if (isUnder(letter.id) && waits.length < limit) waits.push(letterWaits(letter, now, true))
  for (const { ask, since } of instance.asked) if (!holds.has(ask.id)) wait('answer', ask, since)
  for (const send of instance.out.values()) wait('delivery', send, sentAt(instance, send.id))
  for (const effect of instance.held) {
    if (effect.kind === 'send') wait('delivery', effect, sentAt(instance, effect.id))
  }
  if (!instance.hasLetters) return waits
  for (const letter of instance.letters.values()) {
    if (holds.has(letter.id)) continue
    const isAgain = instance.retried.has(letter.id)
    // A question that has been asked again, or has its fallback in time, is named above.
    if (isAgain && letter.kind === 'message') wait('delivery', letter, letter.since)
    if (!isAgain && isUnder(letter.id) && waits.length < limit) waits.push(letterWaits(letter, now, false))
  }
  return waits
}

function letterWaits(letter: DeadLetter, now: number, holds: boolean): Waits {
  const { from: layer, id, type, to, since, reason } = letter
  return {
    layer,
    for: 'dead-letter',
    id,
    type,
    to,
    ...(holds ? { holds } : {}),
    because: reason.detail,
    todo: todoAbout(letter),
    waitedNs: Math.max(0, Math.round(now - since))
  }
}

/** When the input came that led to a message, which is named `<id of the input>.<n>`; undefined when it is forgotten. */
const sentAt = (instance: Instance, id: string) => instance.seen.get(id.slice(0, id.lastIndexOf('.')))?.time
