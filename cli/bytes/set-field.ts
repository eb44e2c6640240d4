import { hex } from '../../shared/formats/hex.ts'
import { nearest } from '../../shared/contracts/nearest.ts'
import { UsageError } from '../command.ts'
import { partsOf, type Json } from './json-value.ts'

type Members = Record<string, Json>

/** The value with the field of `path=value` set. Throws UsageError for a place that there is not. */
export function setField(record: Json, assignment: string): Json {
  const [, path = '', value = ''] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
  if (path === '') throw new UsageError(`--set ${assignment}: FIELD=VALUE`)
  return changed(record, path, (holder, name) => (holder[name] = valueOf(value, holder[name])))
}

/** The value without a field. Throws UsageError for a field that there is not. */
export function unsetField(record: Json, path: string): Json {
  return changed(record, path, (holder, name) => {
    if (!Object.hasOwn(holder, name)) throw unknown(path, name, holder)
    delete holder[name]
  })
}

function changed(record: Json, path: string, change: (holder: Members, name: string) => void): Json {
  const whole = structuredClone(record)
  const parts = partsOf(path)
  const name = parts.pop() ?? ''
  let holder = whole as unknown as Members
  for (const part of parts) {
    const next = Object.hasOwn(holder, part) ? holder[part] : undefined
    if (typeof next !== 'object' || next === null) throw unknown(path, part, holder)
    holder = next as unknown as Members
  }
  change(holder, name)
  return whole
}

function unknown(path: string, part: string, holder: Members): UsageError {
  const names = Object.keys(holder)
  const meant = nearest(part, names)
  return new UsageError(
    `${path}: there is no ${part}; ${meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`}`
  )
}

/** A value as it is typed: of the kind that stands there, or else the one that it looks like. */
function valueOf(text: string, before: Json | undefined): Json {
  if (typeof before === 'number' && /^(0x[0-9a-f]+|\d+)$/i.test(text)) return Number(text)
  if (typeof before === 'string' && /^0x/.test(before) && /^\d+$/.test(text)) return hex(BigInt(text))
  if (typeof before === 'object' && before !== null && Object.hasOwn(before, 'hex')) return { hex: text }
  if (typeof before === 'string') return text
  if (/^\d+$/.test(text)) return Number(text)
  return text === 'true' || text === 'false' ? text === 'true' : text
}
