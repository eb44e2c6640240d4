import type { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { refOf, type EntryRef } from './entry-ref.ts'

/** A policy's answer to the one question that it is asked. */
export interface Decision extends EntryRef {
  readonly action: string
  readonly because: string
  /** Nobody gave it: it is what stands for an answer. */
  readonly isFallback: boolean
  /** The signal that the question was about, by the name of its code; absent where it was about an exit. */
  readonly signal?: string
  readonly vm?: string
  readonly answer: WireEntry
}

/** The decisions of a run, in order, and which of them something follows from; it learns one entry after another. */
export class Decisions {
  readonly #all: Decision[] = []
  readonly #questions = new Map<string, string>()
  /** The last decision so far, by the cause of its question. */
  readonly #byCause = new Map<string, Decision>()
  readonly #carriedOut = new Map<WireEntry, Decision>()

  constructor(journal: readonly WireEntry[] = []) {
    for (const [at, entry] of journal.entries()) this.learn(entry, at)
  }

  /** The entry at an index from 0 that follows those before. */
  learn(entry: WireEntry, at: number): void {
    const { kind, type, from, id, cause = '' } = entry
    if (kind === 'answer' && type === 'policy.decide') {
      const decision = decisionOf(entry, refOf(entry, at))
      this.#all.push(decision)
      // A VMM decides in the middle of what it does about one input: what it does next has the same cause as its question.
      const asked = this.#questions.get(cause)
      if (asked !== undefined) this.#byCause.set(asked, decision)
      return
    }
    const decision = from === 'vmm' && kind !== 'refusal' ? this.#byCause.get(cause) : undefined
    if (decision !== undefined && id !== cause) this.#carriedOut.set(entry, decision)
    if (kind === 'message' && type === 'policy.decide') this.#questions.set(id, cause)
  }

  get all(): readonly Decision[] {
    return this.#all
  }

  /** What a VMM does by an entry of its own because it was decided. */
  carriedOutBy(entry: WireEntry): Decision | undefined {
    return this.#carriedOut.get(entry)
  }

  /** The last decision that an entry follows from. */
  before(entry: WireEntry, causes: Causes): Decision | undefined {
    for (const one of [entry, ...causes.ancestors(entry)]) {
      const decision = this.#carriedOut.get(one)
      if (decision !== undefined) return decision
    }
    return undefined
  }
}

function decisionOf(answer: WireEntry, ref: EntryRef): Decision {
  const { action, because } = (answer.data ?? {}) as { action?: string; because?: string }
  const { signal, vm } = (answer.question ?? {}) as { signal?: { code?: string }; vm?: string }
  return {
    ...ref,
    action: action ?? 'nothing',
    because: because ?? '',
    isFallback: answer.fallback === true,
    ...(signal?.code === undefined ? {} : { signal: signal.code }),
    ...(vm === undefined ? {} : { vm }),
    answer
  }
}
