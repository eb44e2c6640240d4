import type { WireEntry } from '../trace/entry.ts'
import { textOf, type Loose } from './data-of.ts'
import type { Names } from './names.ts'
import type { Row, Words } from './row.ts'

export interface Around {
  readonly names: Names
  readonly entry: WireEntry
  readonly row: Row
}

/** Says an entry of one type; `data` may lack anything. Nothing where it has no words for these data. */
export type Saying = (data: Loose, around: Around) => Words | undefined

/** A head and numbers, which stand in the fixed type. */
export const numbers = (head: string, ...detail: readonly unknown[]): Words => ({
  head,
  detail: detail.map(textOf).filter(Boolean).join(', '),
  isProse: false
})

/** A head and a sentence. */
export const prose = (head: string, detail: string): Words => ({ head, detail, isProse: true })

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A sentence begins with a capital, but a name is written as it is. */
export const begun = (text: string): string =>
  /^(?:the|a|an|no|nobody|nothing|firmware)\b/.test(text) ? capital(text) : text

/** Length of base64 text, in bytes. */
export const bytesIn = (base64: unknown): number =>
  typeof base64 === 'string' ? Math.floor((base64.replace(/=+$/, '').length * 3) / 4) : 0
