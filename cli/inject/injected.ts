/** What came of making an error happen. */
export interface Injected {
  /** For people. */
  readonly lines: readonly string[]
  /** For programs. */
  readonly answer: unknown
}
