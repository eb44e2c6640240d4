import type { Fields } from '../contracts/fields.ts'
import { hex } from '../formats/hex.ts'
import type { WireEntry } from '../trace/entry.ts'
import type { EventPattern } from './schema-expect.ts'

export interface Wanted {
  readonly type: string
  readonly layer: string | undefined
  readonly isRefusal: boolean
}

const REFUSED = 'refused:'

/** What a pattern asks for besides data. */
export function wantedOf(pattern: EventPattern): Wanted {
  const name = typeof pattern === 'string' ? pattern : (Object.keys(pattern)[0] ?? '')
  const isRefusal = name.startsWith(REFUSED)
  const [type = '', layer] = (isRefusal ? name.slice(REFUSED.length) : name).split('@')
  return { type, layer, isRefusal }
}

/** The event type that a pattern asks for. */
export const eventTypeOf = (pattern: EventPattern): string => wantedOf(pattern).type

/** Whether the entry is of the pattern's type, in the layer it asks for. */
export function hasType(entry: WireEntry, pattern: EventPattern): boolean {
  const { type, layer, isRefusal } = wantedOf(pattern)
  if (entry.type !== type || (layer !== undefined && layerOf(entry) !== layer)) return false
  return isRefusal ? entry.kind === 'refusal' : entry.kind === 'message' || entry.kind === 'note'
}

/** A message or refusal that its receiver keeps no journal of is in its sender's, and the receiver's all the same. */
const layerOf = ({ kind, layer, to }: WireEntry) => (kind === 'note' ? layer : to)

/** Where the data of an entry differ from what a pattern asks for, one line each; none when they fit. */
export function differences(entry: WireEntry, pattern: EventPattern): readonly string[] {
  const wanted = typeof pattern === 'string' ? {} : Object.values(pattern)[0]
  return differ(entry.data, wanted, '')
}

function differ(actual: unknown, wanted: unknown, path: string): readonly string[] {
  if (typeof wanted !== 'object' || wanted === null) {
    return same(actual, wanted) ? [] : [`${path || 'data'} is ${say(actual)}, not ${say(wanted)}`]
  }
  const isLike = typeof actual === 'object' && actual !== null && Array.isArray(actual) === Array.isArray(wanted)
  const isLong = Array.isArray(wanted) && Array.isArray(actual) && wanted.length !== actual.length
  if (!isLike || isLong) return [`${path || 'data'} is ${say(actual)}, not ${say(wanted)}`]
  return Object.entries(wanted).flatMap(([name, part]) =>
    differ((actual as Fields)[name], part, path === '' ? name : `${path}.${name}`)
  )
}

const PATTERN = /^\/(.*)\/$/s

/** Text between slashes is a regular expression; a number in the file also means its hex form in the trace. */
function same(actual: unknown, wanted: unknown): boolean {
  if (actual === wanted) return true
  if (typeof wanted === 'number' && typeof actual === 'string') return actual === hex(wanted)
  const pattern = typeof wanted === 'string' ? expressionIn(wanted) : undefined
  return pattern !== undefined && actual !== undefined && new RegExp(pattern).test(text(actual))
}

/** The regular expression that a text between slashes is, without them. */
export const expressionIn = (text: string): string | undefined => PATTERN.exec(text)?.[1]

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const say = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value))

/** What a failed expectation is about, for people. */
export function patternText(pattern: EventPattern): string {
  if (typeof pattern === 'string') return pattern
  const [name = '', data = {}] = Object.entries(pattern)[0] ?? []
  const fields = Object.entries(data).map(([field, value]) => `${field} ${text(value)}`)
  return fields.length === 0 ? name : `${name} with ${fields.join(', ')}`
}
