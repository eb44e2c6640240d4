import { virtualClock } from '../../shared/engine/clock.ts'

/** A story needs some thousands. */
const MOST_EVENTS = 200_000

/** The time of a whole system, which knows when nothing is left to happen by itself. */
export class Time {
  readonly clock = virtualClock()
  /** What has been set in motion and not arrived: messages on their way, turns that are not over, restarts. */
  #inMotion = 0
  #events = 0

  get isStill(): boolean {
    return this.#inMotion === 0
  }

  /** Something that has been set in motion; a wait for what may never happen is a timer of the clock instead. */
  later(ns: number, happen: () => void): void {
    this.#inMotion++
    this.clock.setTimer(ns, () => {
      this.#inMotion--
      happen()
    })
  }

  /** Goes to the next thing that happens, timers of the models among it. Throws when a run goes on for ever. */
  step(): void {
    const next = this.clock.nextTimer()
    if (next === undefined) throw new Error('nothing will ever happen any more')
    if (++this.#events > MOST_EVENTS) throw new Error('it goes on for ever')
    this.clock.advance(next)
  }
}
