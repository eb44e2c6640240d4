import { parseAny, type LineForm, type Values } from '../../shared/linux/cper/line-form.ts'
import { parseHexRow } from '../../shared/linux/kernel/print-hex-dump.ts'
import type { Assumption } from './assumption.ts'

/** Takes the lines of one section, and makes its body of them. */
export interface SectionReader {
  /** Whether the line holds something of the section's; the rest is words for what other lines hold. */
  take(text: string): boolean
  finish(): { readonly payload: Uint8Array; readonly assumptions: readonly Assumption[] }
}

/** A section whose every line is a row of a table. */
export function rowsReader(
  forms: readonly LineForm[],
  encode: (values: Values) => { readonly payload: Uint8Array; readonly assumptions: readonly Assumption[] }
): SectionReader {
  let found: Values = {}
  return {
    take(text) {
      const values = parseAny(forms, text)
      if (values === undefined) return false
      found = { ...found, ...values }
      return true
    },
    finish: () => encode(found)
  }
}

/** Bytes that are dumped row by row; where a row is missing they are zeros. */
export function dumpReader() {
  const rows: { readonly offset: number; readonly bytes: Uint8Array }[] = []
  return {
    take(text: string, length?: number): boolean {
      const offset = parseInt(text.trim(), 16)
      const row = parseHexRow(text, length === undefined ? undefined : length - offset)
      if (row !== undefined) rows.push(row)
      return row !== undefined
    },
    /** The bytes, and how many of them no row shows. */
    bytes(length?: number): { readonly bytes: Uint8Array; readonly missing: number } {
      const end = length ?? Math.max(0, ...rows.map(({ offset, bytes }) => offset + bytes.length))
      const bytes = new Uint8Array(end)
      let shown = 0
      for (const row of rows) {
        const fits = row.bytes.subarray(0, Math.max(0, end - row.offset))
        bytes.set(fits, row.offset)
        shown += fits.length
      }
      return { bytes, missing: Math.max(0, end - shown) }
    }
  }
}
