import type { Outgoing, Reply, Transport } from './transport.ts'

/** Messages of one machine that went by POST and are not over. */
interface Under {
  count: number
}

/** What goes to one neighbour by POST because it offers no link: counted, since what goes over a link later must not overtake it. */
export class PlainWay {
  readonly #transport: Transport
  readonly #isOver: (machine: string) => void
  readonly #under = new Map<string, Under>()

  /** `isOver` is told when nothing of a machine is under way here any more. */
  constructor(transport: Transport, isOver: (machine: string) => void) {
    this.#transport = transport
    this.#isOver = isOver
  }

  /** Whether something of a machine is still under way here. */
  has(machine: string): boolean {
    return this.#under.size > 0 && this.#under.has(machine)
  }

  /** As `Transport.deliver`. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    const { machine } = message
    const under = this.#under.get(machine) ?? { count: 0 }
    this.#under.set(machine, under)
    under.count++
    let isOut = true
    const over = () => {
      if (!isOut) return
      isOut = false
      if (--under.count > 0 || this.#under.get(machine) !== under) return
      this.#under.delete(machine)
      this.#isOver(machine)
    }
    const giveUp = this.#transport.deliver(message, (reply) => {
      done(reply)
      over()
    })
    return () => {
      giveUp()
      over()
    }
  }

  /** Nothing of a machine is waited for any more. */
  forget(machine: string): void {
    this.#under.delete(machine)
  }
}
