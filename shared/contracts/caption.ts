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

/** Address spaces, each with the field that an address in it has. */
export const SPACES = ['guestVirtual', 'guestPhysical', 'hostVirtual', 'hostPhysical'] as const
export type Space = (typeof SPACES)[number]

/** By what somebody is told of an error, and which address that names, in the space of whoever is told. */
export interface Notice {
  /** As its specification calls it: `SError`, `GSIV`, `BUS_MCEERR_AR`, `interrupt 41`. */
  readonly by: string
  readonly at?: Readonly<Partial<Record<Space, string | undefined>>>
  /** The process or task that is told, where it is none of the parties of the entry. */
  readonly pid?: number
}

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
  /** Present where somebody is told of an error by it. */
  readonly notice?: (data: Data) => Notice | undefined
  /** A sentence for a person, without who says it to whom. */
  readonly says: (data: Data) => string
}

/** What of a caption follows from an entry's data. */
export function by<Data, T extends string | object | undefined>(value: By<Data, T>, data: Data): T {
  return typeof value === 'function' ? (value as (data: Data) => T)(data) : value
}
