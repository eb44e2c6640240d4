import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem, type ProblemCode } from '../contracts/problem.ts'

/** Told once when a layer stops answering, and once when it answers again. */
export type OnChange = (layer: Layer, problem: Problem | undefined) => void

/** Whether a neighbour answers, as far as its last answer tells. */
export class Reachability {
  readonly #to: Layer
  readonly #url: string
  readonly #onChange: OnChange | undefined
  #isDown = false

  constructor(to: Layer, url: string, onChange: OnChange | undefined) {
    this.#to = to
    this.#url = url
    this.#onChange = onChange
  }

  answers(): void {
    if (!this.#isDown) return
    this.#isDown = false
    this.#onChange?.(this.#to, undefined)
  }

  /** `reason` says why it does not, for people. */
  fails(reason: string, code: ProblemCode = 'neighbour-unreachable'): void {
    if (this.#isDown) return
    this.#isDown = true
    this.#onChange?.(this.#to, problem(code, `${this.#to} at ${this.#url}: ${reason}`))
  }
}
