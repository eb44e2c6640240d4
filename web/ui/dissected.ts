/** What both sides of a dissector share. */
export interface Dissected {
  /** The field that is pointed at. */
  readonly at: number | undefined
  /** The same with all within it. */
  readonly pointed: ReadonlySet<number>
  /** The field that is kept, and all within it. */
  readonly kept: ReadonlySet<number>
  readonly point: (field: number | undefined) => void
  readonly keep: (field: number) => void
}
