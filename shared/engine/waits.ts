import type { Waits } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import type { AnyModel } from '../model/step.ts'
import type { Instance } from './instance.ts'

/** What a layer is still about to do because of a message: `isUnder` says which ids follow from that. */
export function waitsOf(
  { layer, pending }: { readonly layer: Layer; readonly pending: AnyModel['pending'] },
  instance: Instance,
  now: number,
  isUnder: (id: string) => boolean
): readonly Waits[] {
  const sent = [...instance.out.values(), ...instance.held].filter(({ id }) => isUnder(id))
  const asked = [...instance.asked].map(({ ask }) => ask).filter(({ id }) => isUnder(id))
  const handled = (pending?.(instance.state) ?? []).filter(({ id }) => isUnder(id))
  const timers = [...instance.timers.values()].filter(({ timer }) => isUnder(timer.id))
  return [
    ...sent.map(({ id, type, to }) => ({ layer, for: 'delivery', id, type, to }) as const),
    ...asked.map(({ id, type, to }) => ({ layer, for: 'answer', id, type, to }) as const),
    ...handled.map(({ id, type }) => ({ layer, for: 'handler', id, type }) as const),
    ...timers.map(({ timer: { id, type }, due }) => {
      const dueInNs = Math.max(0, Math.round(due - now))
      return { layer, for: 'timer', id, type, dueInNs } as const
    })
  ]
}
