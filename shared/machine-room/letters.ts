import type { DeadLetter } from '../contracts/dead-letter.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Engine } from '../engine/engine.ts'

/** What the layers of a room have sent and given up: it is read, sent again and dropped as that of services is. */
export class RoomLetters {
  readonly #engines: ReadonlyMap<Layer, Pick<Engine, 'deadLetters'>>

  constructor(engines: ReadonlyMap<Layer, Pick<Engine, 'deadLetters'>>) {
    this.#engines = engines
  }

  /** The letters of a machine or of all, layer by layer, the oldest of each first. */
  list(machine?: string): readonly DeadLetter[] {
    return [...this.#engines.values()].flatMap(({ deadLetters }) => deadLetters.list(machine).letters)
  }

  /**
   * Sends a letter again once the room settles. It is one until its receiver has taken it. False when that is about to happen
   * already, or it is none.
   */
  retry(letter: DeadLetter): boolean {
    return this.#of(letter)?.retry(letter) === true
  }

  /** Ends a letter unsent: the message is as if it had never been, a question as if it had been refused. False when it is none. */
  drop(letter: DeadLetter): boolean {
    const letters = this.#of(letter)
    if (letters?.find(letter.id, letter.machine).length !== 1) return false
    letters.drop(letter)
    return true
  }

  #of({ from }: DeadLetter): Engine['deadLetters'] | undefined {
    return this.#engines.get(from)?.deadLetters
  }
}
