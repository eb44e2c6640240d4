import type { Lanes } from './lane.ts'

/** Whether an entry belongs to the story of an error, or is how that came about in detail. */
export const LEVELS = ['story', 'detail'] as const
export type Level = (typeof LEVELS)[number]

/**
 * What a reader must not miss: something is not modelled, information was lost, somebody refused, or something else
 * than what was wanted was done.
 */
export const LOUD = ['unmodelled', 'lost', 'refused', 'fallback'] as const
export type Loud = (typeof LOUD)[number]

/** What kind of event it is, for a reader who looks at shapes before words; `end` is the end of a party. */
export const MARKS = [
  'exception',
  'notification',
  'signal',
  'guest-notification',
  'policy',
  'call',
  'note',
  'end'
] as const
export type Mark = (typeof MARKS)[number]

/** A rule as docs/fidelity.md lists it: its file from the root, and the name of what its doc comment stands over. */
export type RuleName = `${string}.ts#${string}`

/** One value for all entries of a type, or what follows from the data of each. */
export type By<Data, T> = T | ((data: Data) => T)

/** What a reader is told of an entry of one type. `Data` is the entry's data as JSON has it. */
export interface Caption<Data> {
  readonly level: By<Data, Level>
  readonly mark?: By<Data, Mark>
  /** A loud entry is always shown, whatever its level. */
  readonly loud?: By<Data, Loud | undefined>
  /** The rule whose outcome this is, where it follows a specification. */
  readonly rule?: By<Data, RuleName | undefined>
  /** What of the host kernel the sender or the receiver is, where it is KVM or a process. */
  readonly lanes?: By<Data, Partial<Lanes> | undefined>
  /** A sentence for a person, without who says it to whom. */
  readonly says: (data: Data) => string
}

/** What of a caption follows from an entry's data. */
export function by<Data, T extends string | object | undefined>(value: By<Data, T>, data: Data): T {
  return typeof value === 'function' ? (value as (data: Data) => T)(data) : value
}
