import { batch, signal } from '@preact/signals'
import { hopsOf, type Hop } from '../../shared/story/hops.ts'
import { pageChains, type PageChain } from '../../shared/story/page-chains.ts'
import { statesOf, type States } from '../../shared/story/states.ts'
import { verdictSentence, type VerdictSentence } from '../../shared/story/verdict-sentence.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'
import { nextTask } from './next-task.ts'

/** A journal of so few entries is retold at once, before it is drawn for the first time. */
const FEW = 400

/**
 * A journal retold: how each party stands, the verdict, who was told, which pages were lost. Each is read from the whole
 * journal; of a long one each is a task of its own, and what has come meanwhile is told by the next round alone.
 */
export class Retelling {
  readonly states = signal<States>(statesOf([]))
  readonly verdict = signal<VerdictSentence>(verdictSentence([]))
  readonly hops = signal<readonly Hop[]>([])
  readonly pages = signal<readonly PageChain[]>([])
  readonly #model: RunModel
  #isRunning = false
  /** What has come since the last round began; absent where nothing has. */
  #wanted: { readonly isUnderWay: boolean } | undefined

  constructor(model: RunModel) {
    this.#model = model
  }

  /** There is more to tell, or the run is over by now. */
  refresh(isUnderWay: boolean): void {
    this.#wanted = { isUnderWay }
    if (this.#isRunning) return
    if (this.#model.length > FEW) void this.#rounds()
    else {
      this.#wanted = undefined
      batch(() => {
        for (const step of this.#steps(isUnderWay)) step()
      })
    }
  }

  async #rounds(): Promise<void> {
    this.#isRunning = true
    try {
      while (this.#wanted !== undefined) {
        const { isUnderWay } = this.#wanted
        this.#wanted = undefined
        for (const step of this.#steps(isUnderWay)) {
          await nextTask()
          step()
        }
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** All of a round are of the entries that there are when it begins. */
  #steps(isUnderWay: boolean): readonly (() => void)[] {
    const { causes, decisions } = this.#model
    const journal = [...this.#model.entries]
    let states = this.states.peek()
    return [
      () => (this.states.value = states = statesOf(journal)),
      () => (this.verdict.value = verdictSentence(journal, { states, causes, decisions, isRunning: isUnderWay })),
      () => (this.hops.value = hopsOf(journal, states, { causes, decisions })),
      () => (this.pages.value = pageChains(journal, states))
    ]
  }
}
