import type { Waits } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import type { AnyModel, Send } from '../model/step.ts'
import type { Instance } from './instance.ts'

const anything = () => true

/** What a layer is still about to do because of a message: `isUnder` says which ids follow from that. */
export function waitsOf(
  { layer, pending }: { readonly layer: Layer; readonly pending: AnyModel['pending'] },
  instance: Instance,
  now: number,
  isUnder: (id: string) => boolean
): readonly Waits[] {
  const handled = (pending?.(instance.state) ?? []).filter(({ id }) => isUnder(id))
  const timers = [...instance.timers.values()].filter(({ timer }) => isUnder(timer.id))
  return [
    ...undelivered(layer, instance, now, Infinity, isUnder),
    ...handled.map(({ id, type }) => ({ layer, for: 'handler', id, type }) as const),
    ...timers.map(({ timer: { id, type }, due }) => {
      const dueInNs = Math.max(0, Math.round(due - now))
      return { layer, for: 'timer', id, type, dueInNs } as const
    })
  ]
}

/**
 * What a machine has sent and no receiver has taken, and what it has asked and nobody has answered; so many at most. Dead
 * letters are among it, though nothing happens to them by itself.
 */
export function undelivered(
  layer: Layer,
  instance: Instance,
  now: number,
  limit: number,
  isUnder: (id: string) => boolean = anything
): readonly Waits[] {
  const waits: Waits[] = []
  const wait = (what: Waits['for'], { id, type, to }: Pick<Send, 'id' | 'type' | 'to'>, since: number | undefined) => {
    if (waits.length >= limit || !isUnder(id)) return
    const waited = since === undefined ? {} : { waitedNs: Math.max(0, Math.round(now - since)) }
    waits.push({ layer, for: what, id, type, to, ...waited })
  }
  for (const { ask, since } of instance.asked) if (!instance.isDead(ask.id)) wait('answer', ask, since)
  for (const send of instance.out.values()) wait('delivery', send, sentAt(instance, send.id))
  for (const effect of instance.held) {
    if (effect.kind === 'send') wait('delivery', effect, sentAt(instance, effect.id))
  }
  if (instance.hasLetters) for (const letter of instance.letters.values()) wait('dead-letter', letter, letter.since)
  return waits
}

/** When the input came that led to a message, which is named `<id of the input>.<n>`; undefined when it is forgotten. */
const sentAt = (instance: Instance, id: string) => instance.seen.get(id.slice(0, id.lastIndexOf('.')))?.time
