import { isUnder } from '../contracts/event-id.ts'

/** How an entry names what it follows from. */
interface Linked {
  readonly id: string
  readonly cause?: string | undefined
  readonly because?: readonly string[]
}

/** Which ids and entries follow from a message, as far as one journal or another shows it. */
export class Under {
  readonly #roots: string[]

  /** `roots`: the message, and what has been found to follow from it by another way than its id. */
  constructor(roots: readonly string[]) {
    this.#roots = [...roots]
  }

  get roots(): readonly string[] {
    return this.#roots
  }

  /** An id is that of a message, or begins with it: what an input leads to is named `<its id>.<n>`. */
  has(id: string): boolean {
    return this.#roots.some((root) => isUnder(id, root))
  }

  /** Takes the next entry of a journal: whether it follows. What it leads to follows too from then on. */
  take({ id, cause, because = [] }: Linked): boolean {
    if (this.has(id)) return true
    const follows = (cause !== undefined && this.has(cause)) || because.some((one) => this.has(one))
    if (follows) this.#roots.push(id)
    return follows
  }
}
