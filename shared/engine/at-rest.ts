import { isIdle, type Quiescence } from './quiescence.ts'

/** What a layer says of a machine, as far as being at rest needs it. */
export type Quiet = Pick<Quiescence, 'accepted' | 'sent' | 'delivered' | 'waitingAsks'> &
  Partial<Pick<Quiescence, 'dead'>>

/**
 * Tells by looks at all layers whether nothing is under way on a machine. The layers of one look are asked at different
 * moments, and some of them may have crashed in between; but a look begins only when the one before is done. When two in a row
 * find that all that was sent has been taken, nothing is asked, and that no layer has taken in or sent anything between, then
 * nothing was under way between them: whatever is on its way is undelivered at its sender, and what has arrived counts as taken
 * in. This holds as long as a layer never counts less than it did, also after a restart.
 */
export class AtRest {
  #before = ''

  /** The last look found nothing under way: the next one may find the same. */
  get mayBe(): boolean {
    return this.#before !== ''
  }

  /** One more look at all layers, in the same order each time: whether they are at rest. */
  look(layers: readonly Quiet[]): boolean {
    const isIdleNow = layers.every(isIdle)
    // A letter that was sent again was sent before.
    const told = isIdleNow ? layers.map(({ accepted, sent, delivered }) => [accepted, sent, delivered]) : []
    const counts = isIdleNow ? JSON.stringify(told) : ''
    const isAtRest = isIdleNow && counts === this.#before
    this.#before = counts
    return isAtRest
  }
}
