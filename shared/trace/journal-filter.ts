import type { Entry, WireEntry } from './entry.ts'
import { Under } from './under.ts'

/** What of a journal a reader wants; of each field any of the values will do, and what is absent says nothing. */
export interface JournalFilter {
  readonly machine?: readonly string[] | undefined
  readonly type?: readonly string[] | undefined
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  /** A trace id of W3C Trace Context, or the id of a message: that and all that follows from it. */
  readonly trace?: string | undefined
}

type Filterable = Pick<Entry | WireEntry, 'kind' | 'machine' | 'type' | 'from' | 'to' | 'id' | 'cause' | 'because'> & {
  readonly trace?: string
}

/**
 * Goes through a journal and says of each entry whether a reader wants it. What follows from a message is known by the
 * entries before it, so a journal has to be gone through in its order. A gap is always wanted: something may be missing.
 */
export function filtering(filter: JournalFilter): (entry: Filterable) => boolean {
  const { trace } = filter
  const machine = setOf(filter.machine)
  const type = setOf(filter.type)
  const from = setOf(filter.from)
  const to = setOf(filter.to)
  const under = trace === undefined ? undefined : new Under([trace])
  return (entry) => {
    if (machine !== undefined && !machine.has(entry.machine)) return entry.kind === 'gap' && entry.machine === ''
    if (entry.kind === 'gap') return true
    // What follows is gone through even where it is not wanted: what is wanted may follow from it.
    if (under !== undefined && entry.trace !== trace && !under.take(entry)) return false
    return (
      (type === undefined || type.has(entry.type)) &&
      (from === undefined || from.has(entry.from)) &&
      (to === undefined || to.has(entry.to))
    )
  }
}

/** Whether anything but the machine is asked for. */
export const isSifted = ({ type, from, to, trace }: JournalFilter): boolean =>
  type !== undefined || from !== undefined || to !== undefined || trace !== undefined

const setOf = (values: readonly string[] | undefined) => (values === undefined ? undefined : new Set(values))
