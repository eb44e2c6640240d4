import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Instance } from './instance.ts'
import { weightOf, weightOfState } from './weight.ts'

/** A message besides its data, and what a model may keep of it besides. */
const MESSAGE_BYTES = 500
/** Bytes of messages between two looks at least: a look costs as much as the machine is large. */
const LOOK_BYTES = 1024 * 1024

/**
 * Holds the state of each machine under a bound. What a state takes is looked at only once as much has come as might have
 * made it half as large again, so that a message costs no more than its own weight; a state is over its bound by half at most
 * for what its own messages hold. Where one is over its bound nothing that adds is taken from outside; what other layers say is,
 * since it has happened, and a machine that grows of that is named among the full ones.
 */
export class Room {
  readonly #most: number
  readonly #sizes = new WeakMap<Instance, Size>()

  /** `most` is in bytes, as `weightOfState` counts them. */
  constructor(most: number) {
    this.#most = most
  }

  /** Bytes of a machine that may not grow by a message; undefined where it may, which is counted. Methods are those of HTTP. */
  tooLarge(instance: Instance, { from, method, json }: Coming): number | undefined {
    if (from === 'outside' && method !== 'GET' && method !== 'DELETE') return this.over(instance, json)
    this.come(instance, json, method === 'DELETE')
    return undefined
  }

  /** About how many bytes the state of a machine takes, when that is too much; undefined when a message may come. */
  over(instance: Instance, json: unknown): number | undefined {
    const size = this.#sizeOf(instance)
    if (this.#isFull(size)) {
      // A refused message makes nothing larger, and a large state is not to be looked at for each.
      const since = instance.accepted - size.accepted
      if (!size.isFreed && since < Math.max(1, size.state / LOOK_BYTES)) return size.state
      this.#look(instance, size)
    } else this.#come(instance, size, json)
    return this.#isFull(size) ? size.state : undefined
  }

  /** Something is taken in that is not refused for its size: of another layer, or from outside to make room. */
  come(instance: Instance, json: unknown, frees = false): void {
    const size = this.#sizeOf(instance)
    if (frees) size.isFreed = true
    this.#come(instance, size, json)
  }

  /** Bytes of a state that was too large when it was looked at last; undefined where it was not. */
  fullSize(instance: Instance): number | undefined {
    const size = this.#sizes.get(instance)
    return size !== undefined && this.#isFull(size) ? size.state : undefined
  }

  #come(instance: Instance, size: Size, json: unknown): void {
    size.come += MESSAGE_BYTES + weightOf(json)
    if (size.come >= Math.max(LOOK_BYTES, size.state / 2)) this.#look(instance, size)
  }

  #look(instance: Instance, size: Size): void {
    size.state = weightOfState(instance.state)
    size.come = 0
    size.accepted = instance.accepted
    size.isFreed = false
  }

  #isFull = ({ state }: Size) => state > this.#most

  #sizeOf(instance: Instance): Size {
    let size = this.#sizes.get(instance)
    if (size === undefined) this.#sizes.set(instance, (size = { state: 0, come: 0, accepted: 0, isFreed: false }))
    return size
  }
}

/** A message, as far as it matters here. */
export interface Coming {
  readonly from: Layer | 'outside'
  readonly method: MessageType['method'] | undefined
  readonly json: unknown
}

interface Size {
  /** When it was last looked at. */
  state: number
  /** Bytes of messages since then. */
  come: number
  /** Inputs that the machine had taken in then: without a further one nothing has become less. */
  accepted: number
  /** Something that makes room has come since. */
  isFreed: boolean
}
