import type { Timers } from '../transport/timers.ts'

/** What is too old goes so many times within the age that it may have: none stays longer than a tenth of it more. */
const LOOKS = 10
/** No more often than this. */
const LEAST_NS = 1e9

export interface AgeingPorts {
  readonly clock: Timers
  /** Nanoseconds for which things are kept. */
  readonly ageNs: number
  /** Lets go of what is older. */
  readonly expire: () => void
}

/**
 * Lets go of what is too old where nothing happens any more. Where something does that is seen to as it comes; a service
 * that nobody talks to would otherwise keep what it has for ever.
 */
export class Ageing {
  readonly #ports: AgeingPorts
  #stop: (() => void) | undefined

  constructor(ports: AgeingPorts) {
    this.#ports = ports
  }

  start(): void {
    const { clock, ageNs, expire } = this.#ports
    const look = () => {
      expire()
      this.start()
    }
    // Nothing waits for it: a process that has nothing else to do may end.
    this.#stop = clock.setTimer(Math.max(LEAST_NS, ageNs / LOOKS), look, 'lets-end')
  }

  close(): void {
    this.#stop?.()
  }
}
