/** A link that has a place; how it is made to give it up. */
export interface Place {
  readonly giveUp: () => void
}

/**
 * A bounded number of places for links. When all are taken, the link that has been silent longest gives its up: it is open
 * because nobody closed it, or its sender opens another one when it has something to say. What it sent and has no reply to
 * is sent again then.
 */
export class LinkPlaces {
  readonly #max: number
  /** The one that was used last is the last. */
  readonly #taken = new Set<Place>()

  constructor(max: number) {
    this.#max = max
  }

  take(giveUp: () => void): Place {
    if (this.#taken.size >= this.#max) {
      const [silent] = this.#taken
      if (silent !== undefined) {
        this.#taken.delete(silent)
        silent.giveUp()
      }
    }
    const place: Place = { giveUp }
    this.#taken.add(place)
    return place
  }

  used(place: Place): void {
    if (this.#taken.delete(place)) this.#taken.add(place)
  }

  free(place: Place): void {
    this.#taken.delete(place)
  }
}
