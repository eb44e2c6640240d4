import type { WireEntry } from '../trace/entry.ts'

/** The data of an entry as a reader meets them: of any service, so that nothing of their form is certain. */
export type Loose = Readonly<Record<string, unknown>>

export function dataOf(entry: Pick<WireEntry, 'data'>): Loose {
  return looseOf(entry.data)
}

export function looseOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}
}

/** A value as text; nothing where there is none. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value)
}
