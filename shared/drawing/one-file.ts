import type { WireEntry } from '../trace/entry.ts'
import type { PlacedRules } from '../rows/rule.ts'

/** Where the run stands in the page as one file. */
export const RUN_MARK = '<!--run-->'
/** The element that holds it. */
export const RUN_ELEMENT = 'seabus-run'

/** A run as a file carries it. */
export interface CarriedRun<Summary> {
  readonly summary: Summary
  readonly journal: readonly WireEntry[]
  /** The rules that its entries name. */
  readonly rules: PlacedRules
  /** Where the console is that the run is from; absent of one that no console ran. */
  readonly origin?: string
}

/** The page as one file that shows one run, from the page without one. */
export function withRun<Summary>(page: string, run: CarriedRun<Summary>): string {
  // No text of a run may end the element that it stands in.
  const json = JSON.stringify(run).replaceAll('<', '\\u003c')
  return page.replace(RUN_MARK, () => `<script type="application/json" id="${RUN_ELEMENT}">${json}</script>`)
}
