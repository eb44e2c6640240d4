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

/** What a VMM has done about an input, and where that stands in the journal, from 0. */
interface Done {
  readonly entry: WireEntry
  readonly at: number
}

/** The decisions of a run, in order, and which of them something follows from; it learns one entry after another. */
export class Decisions {
  readonly #all: Decision[] = []
  readonly #questions = new Map<string, string>()
  /** The last decision so far, by the cause of its question. */
  readonly #byCause = new Map<string, Decision>()
  /** What VMMs have sent before a decision is known, by its cause. */
  readonly #sent = new Map<string, Done[]>()
  readonly #carriedOut = new Map<WireEntry, Decision>()
  readonly #carriers = new Map<WireEntry, number[]>()

  constructor(journal: readonly WireEntry[] = []) {
    for (const [at, entry] of journal.entries()) this.learn(entry, at)
  }

  /** The entry at an index from 0 that follows those before. */
  learn(entry: WireEntry, at: number): void {
    const { kind, type, from, id, cause = '' } = entry
    if (kind === 'answer' && type === 'policy.decide') return this.#learnAnswer(entry, at)
    if (kind === 'message' && type === 'policy.decide') {
      this.#questions.set(id, cause)
      return
    }
    if (from !== 'vmm' || kind === 'refusal' || id === cause) return
    const decision = this.#byCause.get(cause)
    if (decision !== undefined) return this.#carryOut({ entry, at }, decision)
    if (kind !== 'message') return
    const sent = this.#sent.get(cause)
    if (sent === undefined) this.#sent.set(cause, [{ entry, at }])
    else sent.push({ entry, at })
  }

  get all(): readonly Decision[] {
    return this.#all
  }

  /** What a VMM does by an entry of its own because it was decided. */
  carriedOutBy(entry: WireEntry): Decision | undefined {
    return this.#carriedOut.get(entry)
  }

  /** Where what carries out a decision stands, by the answer that is the decision; from 0. */
  carriersOf(answer: WireEntry): readonly number[] {
    return this.#carriers.get(answer) ?? []
  }

  #learnAnswer(answer: WireEntry, at: number): void {
    const decision = decisionOf(answer, refOf(answer, at))
    this.#all.push(decision)
    // A VMM decides in the middle of what it does about one input: what it does next has the same cause as its question.
    const asked = this.#questions.get(answer.cause ?? '')
    if (asked === undefined) return
    this.#byCause.set(asked, decision)
    // Whoever is told of it may stand in front of the answer: nothing ties their journals to the VMM's there.
    const nth = nthOf(answer.cause ?? '')
    for (const done of this.#sent.get(asked) ?? []) if (nthOf(done.entry.id) > nth) this.#carryOut(done, decision)
    this.#sent.delete(asked)
  }

  #carryOut({ entry, at }: Done, decision: Decision): void {
    this.#carriedOut.set(entry, decision)
    const carriers = this.#carriers.get(decision.answer)
    if (carriers === undefined) this.#carriers.set(decision.answer, [at])
    else carriers.push(at)
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

/** Which of what came of one input it is: ids are `<id of the cause>.<n>`. NaN where they are made otherwise. */
const nthOf = (id: string): number => Number(id.slice(id.lastIndexOf('.') + 1))

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
