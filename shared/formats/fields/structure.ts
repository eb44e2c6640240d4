import type { Layout, Place, PlaceType } from '../layout.ts'
import type { Field, FieldRole } from './field.ts'
import { placeSize, readPlace } from './read-place.ts'

/** More about a field, from what it holds: its meaning, its parts. */
export type Describe = (field: Field, bytes: Uint8Array) => Partial<Field>

/** What there is to say of the members of a structure, by name. */
export type Descriptions = Readonly<Record<string, Describe | undefined>>

/** A member where it lies in its structure. */
export interface Member {
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly type: PlaceType
  readonly describe?: Describe | undefined
  /** Whether it has a meaning, where something says so. */
  readonly valid?: boolean | undefined
}

/** Where a structure lies: what it is called, in which bytes, from where, and how long it is by its format. */
export interface Span {
  readonly name: string
  readonly bytes: Uint8Array
  readonly at: number
  readonly size: number
}

/** The members of a layout; `valid` says of each whether it has a meaning, undefined when nothing says so. */
export function membersOf(
  layout: Layout,
  descriptions: Descriptions = {},
  valid: (name: string) => boolean | undefined = () => undefined
): readonly Member[] {
  return Object.entries(layout).map(([name, place]: [string, Place]) => ({
    name,
    offset: place[0],
    size: placeSize(place),
    type: place[1],
    describe: descriptions[name],
    valid: valid(name)
  }))
}

/** The fields of a structure: its members in order, reserved bytes between them, and a part of one that is cut off. */
export function structure({ name, bytes, at, size }: Span, members: readonly Member[]): Field {
  const stop = Math.max(at, Math.min(at + size, bytes.length))
  const children: Field[] = []
  let next = at
  for (const member of members.toSorted((a, b) => a.offset - b.offset)) {
    const from = at + member.offset
    if (from >= stop) break
    if (from < next) continue
    if (from > next) children.push(rawField('reserved', bytes, next, from, 'reserved'))
    next = Math.min(from + member.size, stop)
    const whole = next === from + member.size
    children.push(whole ? memberField(bytes, from, member) : rawField(member.name, bytes, from, next, 'cut'))
  }
  if (next < stop) children.push(rawField('reserved', bytes, next, stop, 'reserved'))
  const cut = stop < at + size
  return { name, offset: at, length: stop - at, ...(cut ? { role: 'cut' as const } : {}), children }
}

function memberField(bytes: Uint8Array, at: number, { name, type, size, describe, valid }: Member): Field {
  const place: Field = { name, offset: at, length: size, ...(valid === undefined ? {} : { valid }) }
  const field: Field = { ...place, value: readPlace(bytes, at, type, size) }
  const more = describe?.(field, bytes) ?? {}
  // Bytes that are taken apart have no value of their own.
  return { ...(type === 'bytes' && more.children !== undefined ? place : field), ...more }
}

/** Bytes that are not taken apart. */
export function rawField(name: string, bytes: Uint8Array, from: number, to: number, role?: FieldRole): Field {
  return { name, offset: from, length: to - from, value: bytes.subarray(from, to), ...(role ? { role } : {}) }
}

/** A field of fields that lie one behind the other; without any it is a leaf. */
export function group(name: string, at: number, children: readonly Field[], more: Partial<Field> = {}): Field {
  const last = children.at(-1)
  const length = last === undefined ? 0 : last.offset + last.length - at
  return { name, offset: at, length, ...more, ...(children.length > 0 ? { children } : {}) }
}

/** The fields, and behind them what is left of the bytes up to `end`. */
export function withRest(
  children: readonly Field[],
  bytes: Uint8Array,
  from: number,
  end: number,
  name: string,
  role: FieldRole = 'behind'
): readonly Field[] {
  return from < end ? [...children, rawField(name, bytes, from, end, role)] : children
}
