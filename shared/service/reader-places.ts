import type { Readable } from 'node:stream'
import { ProblemError } from '../contracts/problem.ts'

/** A bounded number of readers at a time; each keeps its place until its lines have ended or it has gone. */
export class ReaderPlaces {
  readonly #max: number
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Throws ProblemError when there is no place. */
  require(): void {
    if (this.#taken < this.#max) return
    throw new ProblemError('overloaded', `the journal has ${this.#max} readers already`)
  }

  /** Opens lines for one reader. Throws ProblemError when there is no place. */
  async open(lines: () => Readable | Promise<Readable>): Promise<Readable> {
    this.require()
    this.#taken++
    try {
      const opened = await lines()
      if (opened.closed) this.#taken--
      else opened.once('close', () => void this.#taken--)
      return opened
    } catch (error) {
      this.#taken--
      throw error
    }
  }
}
