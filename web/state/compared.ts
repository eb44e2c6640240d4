import { computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import { comparing, type Comparison } from '../../shared/story/compare.ts'
import { comparedLines, type ComparedLine } from '../model/compared-lines.ts'
import type { Route } from '../model/permalink.ts'
import { currentRun, follow } from './current-run.ts'
import { nextTask } from './next-task.ts'
import { OpenRun } from './open-run.ts'

/** Two runs that are looked at side by side. */
export class Compared {
  readonly left: OpenRun
  readonly right: OpenRun
  readonly everything = signal(false)
  /** Absent until both have ended and are here. */
  readonly comparison = signal<Comparison | undefined>(undefined)
  readonly lines: ReadonlySignal<readonly ComparedLine[]>
  readonly #abort = new AbortController()

  constructor(left: string, right: string) {
    this.left = new OpenRun(left)
    this.right = new OpenRun(right)
    this.lines = computed(() => {
      const comparison = this.comparison.value
      if (comparison === undefined) return []
      return comparedLines(comparison, this.left.model, this.right.model, this.everything.value)
    })
    for (const run of [this.left, this.right]) void follow(run, this.#abort.signal)
    effect(() => {
      if (this.left.status.value === 'ended' && this.right.status.value === 'ended') void this.#compare()
    })
  }

  /** Long runs take several tasks. */
  async #compare(): Promise<void> {
    const steps = comparing(this.left.model.entries, this.right.model.entries)
    for (;;) {
      const step = steps.next()
      if (step.done === true) {
        this.comparison.value = step.value
        return
      }
      await nextTask()
      if (this.#abort.signal.aborted) return
    }
  }

  close(): void {
    this.#abort.abort()
  }
}

/** What is compared, or was last. */
export const compared = signal<Compared | undefined>(undefined)

/** Opens two runs, unless they are those that are open. */
export function openCompared(left: string, right: string): Compared {
  const there = compared.peek()
  if (there?.left.id === left && there.right.id === right) return there
  there?.close()
  const both = new Compared(left, right)
  compared.value = both
  return both
}

/** Counted up to lead to the first difference. */
export const toFirst = signal(0)

/** Where a comparison is found: what was compared last, unless another run has been opened since. */
export function toCompare(): Route {
  const there = compared.value
  const run = currentRun.value?.kind === 'run' ? currentRun.value : undefined
  const isOfRun = run === undefined || there === undefined || [there.left.id, there.right.id].includes(run.id)
  if (there !== undefined && isOfRun) return { view: 'compare', left: there.left.id, right: there.right.id }
  return { view: 'compare', left: run?.id ?? '', right: '' }
}
