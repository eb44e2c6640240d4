import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem, type ProblemCode } from '../contracts/problem.ts'

/** Told when a layer stops answering, or does not answer for another reason than before, and once when it answers again. */
export type OnChange = (layer: Layer, problem: Problem | undefined) => void

/** Whether a neighbour answers, as far as its last answer tells. */
export class Reachability {
  readonly #to: Layer
  readonly #url: string
  readonly #onChange: OnChange | undefined
  #trouble: Problem | undefined

  constructor(to: Layer, url: string, onChange: OnChange | undefined) {
    this.#to = to
    this.#url = url
    this.#onChange = onChange
  }

  /** Why it does not answer; undefined when it does. */
  get trouble(): Problem | undefined {
    return this.#trouble
  }

  answers(): void {
    if (this.#trouble === undefined) return
    this.#trouble = undefined
    this.#onChange?.(this.#to, undefined)
  }

  /** `reason` says why it does not, for people. */
  fails(reason: string, code: ProblemCode = 'neighbour-unreachable'): void {
    if (this.#trouble?.code === code) return
    this.#trouble = problem(code, `${this.#to} at ${this.#url}: ${reason}`)
    this.#onChange?.(this.#to, this.#trouble)
  }
}
