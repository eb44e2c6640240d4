import type { Layer } from '../../../contracts/layer.ts'
import type { DeadLetterCount } from '../../../engine/dead-letters.ts'
import type { Deliveries } from '../deliveries.ts'
import type { EntryCounts } from '../entry-counts.ts'
import type { Neighbours } from '../neighbours.ts'
import type { HttpSources } from './http.ts'

/** What is known besides of a service that runs a model, as it is now. */
export interface ServiceSources extends HttpSources {
  readonly now: () => number
  readonly counts: EntryCounts
  readonly deliveries: Deliveries
  readonly neighbours: Neighbours
  readonly sendsTo: readonly Layer[]
  /** Seconds that bringing back what was kept took, once that is done. */
  readonly restartSeconds: number | undefined
  readonly quiescence: {
    readonly accepted: number
    readonly sent: number
    readonly delivered: number
    readonly dead: number
    readonly timers: { readonly length: number }
  }
  readonly machines: { readonly count: number; readonly stopped: number; readonly full: number }
  readonly journal: { readonly last: number; readonly size: number; readonly bytes: number }
  readonly deadLetters: DeadLetterCount
  readonly holding: number
  readonly store: {
    readonly isWell: boolean
    readonly rows: number | undefined
    readonly bytes: number | undefined
  }
}
