import type { Instance } from './instance.ts'
import { weightOf, weightOfState } from './weight.ts'

/** A message besides its data, and what a model may keep of it besides. */
const MESSAGE_BYTES = 500
/** Bytes of messages between two looks at least: a look costs as much as the machine is large. */
const LOOK_BYTES = 1024 * 1024

/**
 * Holds the state of each machine under a bound. What a state takes is looked at only once as much has come as might have
 * made it half as large again, so that a message costs no more than its own weight; a state is over its bound by half at most
 * for what its own messages hold.
 */
export class Room {
  readonly #most: number
  readonly #sizes = new WeakMap<Instance, Size>()

  /** `most` is in bytes, as `weightOfState` counts them. */
  constructor(most: number) {
    this.#most = most
  }

  /** About how many bytes the state of a machine takes, when that is too much; undefined when a message may come. */
  over(instance: Instance, json: unknown): number | undefined {
    const size = this.#sizes.get(instance)
    if (size === undefined) {
      this.#sizes.set(instance, { state: 0, come: MESSAGE_BYTES + weightOf(json), accepted: 0 })
      return undefined
    }
    if (size.state <= this.#most) {
      size.come += MESSAGE_BYTES + weightOf(json)
      if (size.come < Math.max(LOOK_BYTES, size.state / 2)) return undefined
    } else if (instance.accepted === size.accepted) return size.state
    size.state = weightOfState(instance.state)
    size.come = 0
    size.accepted = instance.accepted
    return size.state <= this.#most ? undefined : size.state
  }
}

interface Size {
  /** When it was last looked at. */
  state: number
  /** Bytes of messages since then. */
  come: number
  /** Inputs that the machine had taken in then: without a further one nothing has become less. */
  accepted: number
}
