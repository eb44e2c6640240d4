import type { Lane } from '../contracts/lane.ts'
import type { WireEntry } from '../trace/entry.ts'

/** What a row looks like: the marks of the contracts, with those told apart that a reader looks for. */
export const ROW_MARKS = [
  'fault',
  'exception',
  'notification',
  'signal',
  'guest-notification',
  'question',
  'decision',
  'call',
  'note',
  'record',
  'poison',
  'end'
] as const
export type RowMark = (typeof ROW_MARKS)[number]

/** `boot` is all that happened before anybody touched anything. */
export type RowLevel = 'story' | 'detail' | 'boot'

/** One entry of a run as the trace shows it. */
export interface Row {
  /** Where the entry stands in its run, from 1; permalinks name it. */
  readonly place: number
  readonly entry: WireEntry
  readonly from: Lane
  readonly to: Lane
  readonly mark: RowMark
  readonly level: RowLevel
  /** Somebody dies of it. */
  readonly isEnd: boolean
}

/** A row in words: the head is bold; the detail is numbers, or a sentence where `isProse`. */
export interface Words {
  readonly head: string
  readonly detail: string
  readonly isProse: boolean
}

/** What a mark is, for who cannot see it. */
export const MARK_NAMES: Readonly<Record<RowMark, string>> = {
  fault: 'Fault',
  exception: 'Hardware exception',
  notification: 'APEI notification',
  signal: 'Signal',
  'guest-notification': 'Guest notification',
  question: 'Policy question',
  decision: 'Policy decision',
  call: 'Call or memory access',
  note: 'Within a layer',
  record: 'Error record',
  poison: 'Page is poisoned',
  end: 'End'
}

/** The marks that `n` and `p` go from one to the next of. */
export const HOP_MARKS: ReadonlySet<RowMark> = new Set([
  'fault',
  'exception',
  'notification',
  'signal',
  'guest-notification',
  'question',
  'decision',
  'end'
])
