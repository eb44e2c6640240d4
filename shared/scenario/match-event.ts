import type { Fields } from '../contracts/fields.ts'
import { hex } from '../formats/hex.ts'
import type { WireEntry } from '../trace/entry.ts'
import type { EventPattern } from './schema-expect.ts'

interface Wanted {
  readonly type: string
  readonly layer: string | undefined
  readonly isRefusal: boolean
}

const REFUSED = 'refused:'

function wantedOf(pattern: EventPattern): Wanted {
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

/** A message that its receiver keeps no journal of is in its sender's, and the receiver's all the same. */
const layerOf = ({ kind, layer, to }: WireEntry) => (kind === 'message' ? to : layer)

/** Where the data of an entry differ from what a pattern asks for, one line each; none when they fit. */
export function differences(entry: WireEntry, pattern: EventPattern): readonly string[] {
  const wanted = typeof pattern === 'string' ? {} : Object.values(pattern)[0]
  return differ(entry.data, wanted, '')
}

function differ(actual: unknown, wanted: unknown, path: string): readonly string[] {
  if (typeof wanted !== 'object' || wanted === null) {
    return same(actual, wanted) ? [] : [`${path || 'data'} is ${say(actual)}, not ${say(wanted)}`]
  }
  if (typeof actual !== 'object' || actual === null) return [`${path || 'data'} is ${say(actual)}, not ${say(wanted)}`]
  const lengths = Array.isArray(wanted) && Array.isArray(actual) && wanted.length !== actual.length
  if (lengths) return [`${path || 'data'} is ${say(actual)}, not ${say(wanted)}`]
  return Object.entries(wanted).flatMap(([name, part]) =>
    differ((actual as Fields)[name], part, path === '' ? name : `${path}.${name}`)
  )
}

const PATTERN = /^\/(.*)\/$/s

/** Text between slashes is a regular expression; a number in the file also means its hex form in the trace. */
function same(actual: unknown, wanted: unknown): boolean {
  if (actual === wanted) return true
  if (typeof wanted === 'number' && typeof actual === 'string') return actual === hex(wanted)
  const pattern = typeof wanted === 'string' ? PATTERN.exec(wanted)?.[1] : undefined
  return pattern !== undefined && actual !== undefined && new RegExp(pattern).test(text(actual))
}

/** The regular expressions in what a pattern asks for, without their slashes. */
export function regularExpressions(pattern: unknown): readonly string[] {
  if (typeof pattern === 'string') return PATTERN.exec(pattern)?.slice(1) ?? []
  return typeof pattern === 'object' && pattern !== null ? Object.values(pattern).flatMap(regularExpressions) : []
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const say = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value))

/** What a failed expectation is about, for people. */
export function patternText(pattern: EventPattern): string {
  if (typeof pattern === 'string') return pattern
  const [name = '', data = {}] = Object.entries(pattern)[0] ?? []
  const fields = Object.entries(data).map(([field, value]) => `${field} ${text(value)}`)
  return fields.length === 0 ? name : `${name} with ${fields.join(', ')}`
}
