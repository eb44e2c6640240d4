import { bytesOfBase64, dataOf } from './data-of.ts'
import type { ShownFormat } from './field-rows.ts'
import type { Row } from './row.ts'

const KNOWN = new WeakMap<Row, readonly ShownFormat[]>()

/** All that an entry carries as bytes. */
export function formatsOf(row: Row): readonly ShownFormat[] {
  let formats = KNOWN.get(row)
  if (formats === undefined) {
    const bytes = bytesOfBase64(dataOf(row.entry)['bytes'])
    formats = bytes.length === 0 ? [] : [{ name: 'Bytes', bytes, fields: [], problems: [] }]
    KNOWN.set(row, formats)
  }
  return formats
}
