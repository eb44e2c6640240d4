import {
  holdingOf,
  reasonOf,
  type DeadLetter,
  type DeadLetters as Listed,
  type Holding
} from '../contracts/dead-letter.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Reply } from '../transport/transport.ts'
import { askedBy, isHolding, type Instance } from './instance.ts'
import type { Outbox } from './outbox.ts'
import type { StoredInput } from './store.ts'
import { weightOf } from './weight.ts'

/** So many letters, and about so many bytes of them, are held of all machines together; then the oldest goes. */
const MOST = 1000
const MOST_BYTES = 8 * 1024 * 1024
/** So many that hold a machine are named to whoever asks how the service is. */
export const HOLDING_NAMED = 20

export interface DeadLettersParts {
  readonly outbox: Outbox
  /** Keeps over a restart whether a message is among the letters of its instance now. */
  readonly keep: (instance: Instance, message: Pick<DeadLetter, 'id' | 'type'>) => void
  readonly fault: (error: unknown, what: string) => void
}

/** What is kept of a letter that is one no more: how many of its machine have been dropped so far, if any. */
type NoLetter = null | { readonly dropped: number }

export const noLetter = (dropped: number): NoLetter => (dropped === 0 ? null : { dropped })

interface Held {
  readonly instance: Instance
  readonly bytes: number
  letter: DeadLetter
}

/** How many there are and since when, for whoever watches the service. */
export interface DeadLetterCount {
  readonly count: number
  readonly bytes: number
  readonly discarded: number
  /** When the oldest was given up, in nanoseconds of the service's clock. */
  readonly oldest: number | undefined
}

/**
 * Messages that their receivers refused or failed on for ever: nothing waits behind them, nothing of them is lost, and a
 * person decides whether they are sent again.
 */
export class DeadLetters {
  readonly #parts: DeadLettersParts
  /** The oldest first. */
  readonly #held = new Map<string, Held>()
  #bytes = 0
  #discarded = 0

  constructor(parts: DeadLettersParts) {
    this.#parts = parts
  }

  /** A message is given up. */
  add(instance: Instance, letter: DeadLetter): void {
    if (instance.leaving !== undefined) return void instance.leaving.push(() => this.add(instance, letter))
    // A snapshot may be taken as soon as it is kept.
    this.#hold(instance, letter)
    this.#parts.keep(instance, letter)
    while (this.#held.size > MOST || this.#bytes > MOST_BYTES) {
      const [oldest] = this.#held.values()
      if (oldest === undefined) return
      const { machine, id, type, to } = oldest.letter
      this.#discarded++
      this.#parts.fault(
        new Error(`there are too many: ${id}, a ${type} to ${to}, is gone`),
        `dead letters of ${machine}`
      )
      this.#end(oldest)
    }
  }

  /** A restart has come to where a letter was kept, or to where it was one no more. */
  replayed(instance: Instance, { id, data }: StoredInput): void {
    const kept = data as DeadLetter | NoLetter
    if (kept !== null && 'kind' in kept) return void instance.letters.set(id, kept)
    instance.letters.delete(id)
    instance.dropped = kept?.dropped ?? instance.dropped
  }

  /** All of a machine has been read back. */
  resume(instance: Instance): void {
    for (const letter of instance.letters.values()) {
      if (letter.kind === 'message' || askedBy(instance, letter.id) !== undefined) this.#hold(instance, letter)
      else instance.letters.delete(letter.id)
    }
  }

  /** A machine is no more. */
  forget(instance: Instance): void {
    for (const id of instance.letters.keys()) this.#release(instance.machine, id)
  }

  /** A question has its answer after all. */
  answered(instance: Instance, id: string): void {
    if (instance.letters.has(id)) this.#remove(instance, id)
  }

  count(): DeadLetterCount {
    const [oldest] = this.#held.values()
    const { size: count } = this.#held
    return { count, bytes: this.#bytes, discarded: this.#discarded, oldest: oldest?.letter.since }
  }

  /** The letters of a machine or of all. */
  list(machine?: string): Listed {
    const { count, bytes, discarded } = this.count()
    const letters = [...this.#held.values()].map(({ letter }) => letter)
    const listed = machine === undefined ? letters : letters.filter((letter) => letter.machine === machine)
    return { count, bytes, discarded, letters: listed }
  }

  /** The questions among them, so many at most, that keep their machines from going on at this layer. */
  holding(most = Infinity): readonly Holding[] {
    const holding: Holding[] = []
    for (const { instance, letter } of this.#held.values()) {
      if (holding.length >= most) break
      if (isHolding(instance, letter)) holding.push(holdingOf(letter))
    }
    return holding
  }

  /** The letters with an id, which may be one of several machines. */
  find(id: string, machine?: string): readonly DeadLetter[] {
    return this.list(machine).letters.filter((letter) => letter.id === id)
  }

  /** Sends a letter again. It is one until its receiver has taken it. False when that is under way already, or it is none. */
  retry({ machine, id }: DeadLetter): boolean {
    const held = this.#held.get(keyOf(machine, id))
    if (held === undefined || held.instance.retried.has(id)) return false
    held.instance.retried.add(id)
    this.#parts.outbox.again(held.instance, held.letter, (reply) => this.#tried(held, reply))
    return true
  }

  /** Ends a letter unsent: the message is as if it had never been, a question as if it had been refused. */
  drop({ machine, id }: DeadLetter): void {
    const held = this.#held.get(keyOf(machine, id))
    if (held !== undefined) this.#end(held)
  }

  #tried(held: Held, reply: Reply): void {
    const { instance, letter } = held
    if (instance.leaving !== undefined) return void instance.leaving.push(() => this.#tried(held, reply))
    instance.retried.delete(letter.id)
    if (this.#held.get(keyOf(letter.machine, letter.id)) !== held) return
    const isDead = reply.kind === 'refused' && (letter.kind === 'message' || reply.tries !== undefined)
    if (!isDead) {
      this.#remove(instance, letter.id)
      return this.#parts.outbox.tried(instance, letter, reply)
    }
    const { problem: why, tries } = reply
    this.#parts.outbox.tried(instance, letter, reply)
    held.letter = {
      ...letter,
      reason: reasonOf(why),
      tries: letter.tries + (tries ?? 1),
      refusals: letter.refusals + (tries === undefined ? 1 : 0)
    }
    instance.letters.set(letter.id, held.letter)
    this.#parts.keep(instance, letter)
  }

  #end({ instance, letter }: Held): void {
    if (letter.kind === 'message') instance.dropped++
    this.#remove(instance, letter.id)
    if (letter.kind === 'message') return
    const { code, detail } = letter.reason
    this.#parts.outbox.refuse(instance, letter.id, problem(code as Problem['code'], detail))
  }

  #hold(instance: Instance, letter: DeadLetter): void {
    const bytes = weightOf(letter)
    instance.letters.set(letter.id, letter)
    this.#held.set(keyOf(letter.machine, letter.id), { instance, letter, bytes })
    this.#bytes += bytes
  }

  #remove(instance: Instance, id: string): void {
    const letter = instance.letters.get(id)
    if (letter === undefined) return
    instance.letters.delete(id)
    instance.retried.delete(id)
    this.#release(instance.machine, id)
    this.#parts.keep(instance, letter)
  }

  #release(machine: string, id: string): void {
    const key = keyOf(machine, id)
    this.#bytes -= this.#held.get(key)?.bytes ?? 0
    this.#held.delete(key)
  }
}

const keyOf = (machine: string, id: string) => `${machine} ${id}`
