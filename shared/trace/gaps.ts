import type { Layer } from '../contracts/layer.ts'
import type { WireEntry } from './entry.ts'

/** Of a journal something is missing: it is not kept any more, the journal began anew, or its service fell silent. */
export interface Gap {
  readonly layer: Layer
  /** Absent when it may be of any. */
  readonly machine?: string
  /** The position behind which it is missing. */
  readonly after: number
  /** The position at which the journal goes on; absent when it does not. */
  readonly continues?: number
  /** Absent when entries are not kept any more. */
  readonly because?: string
}

/** What is missing in a journal, of one layer or merged. Nothing can be concluded from a journal that has any. */
export function gapsOf(journal: readonly WireEntry[]): readonly Gap[] {
  return journal.flatMap(({ kind, layer, machine, data }) => {
    if (kind !== 'gap') return []
    const { after = 0, continues, because } = (data ?? {}) as { after?: number; continues?: number; because?: string }
    return [
      {
        layer,
        ...(machine === '' ? {} : { machine }),
        after,
        ...(continues === undefined ? {} : { continues }),
        ...(because === undefined ? {} : { because })
      }
    ]
  })
}
