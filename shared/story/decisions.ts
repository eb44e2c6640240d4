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

/** The decisions of a run, in order, and which of them something follows from. */
export class Decisions {
  readonly all: readonly Decision[]
  readonly #byCause = new Map<string, Decision[]>()

  constructor(journal: readonly WireEntry[]) {
    const asked = new Map(
      journal
        .filter(({ kind, type }) => kind === 'message' && type === 'policy.decide')
        .map((entry) => [entry.id, entry])
    )
    this.all = journal.flatMap((answer, at) => {
      if (answer.kind !== 'answer' || answer.type !== 'policy.decide') return []
      const decision = decisionOf(answer, refOf(answer, at))
      // A VMM decides in the middle of what it does about one input: what it does next has the same cause as its question.
      const cause = asked.get(answer.cause ?? '')?.cause
      if (cause !== undefined) this.#byCause.set(cause, [...(this.#byCause.get(cause) ?? []), decision])
      return [decision]
    })
  }

  /** The last decision that an entry follows from. */
  before(entry: WireEntry, causes: Causes): Decision | undefined {
    for (const one of [entry, ...causes.ancestors(entry)]) {
      const decision = one.from === 'vmm' ? this.#byCause.get(one.cause ?? '')?.at(-1) : undefined
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
