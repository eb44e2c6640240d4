/**
 * Lines of a printed section as rows of a table that is read in both directions: from values to the line, and from a
 * line of somebody's log back to the values.
 */
export type Values = Readonly<Record<string, unknown>>

/** One row. */
export interface LineForm {
  /** The text, undefined when the first field of the row is absent. */
  print(values: object): string | undefined
  /** The fields of a line that was printed so, undefined when it was not. Blanks around it do not matter. */
  parse(text: string): Values | undefined
}

/** A part of a row that is not fixed text. */
export interface Notation {
  /** Its field; what has none is derived from other fields and is not read back. */
  readonly field?: string
  /** What it looks like, as the source of a regular expression. */
  readonly pattern: string
  readonly print: (values: Values) => string
  readonly parse?: (text: string) => unknown
}

const numeric = (value: unknown): bigint | number =>
  typeof value === 'bigint' || typeof value === 'number' ? value : 0

const HEX = '[0-9a-fA-F]+'

/** `0x%0*x` of a field of up to 32 bits, or without its 0x. */
export const hexNumber = (field: string, width = 1, prefix = '0x'): Notation => ({
  field,
  pattern: `${prefix}${HEX}`,
  print: (values) => `${prefix}${numeric(values[field]).toString(16).padStart(width, '0')}`,
  parse: (text) => parseInt(text.slice(prefix.length), 16)
})

/** `0x%016llx` of a field of 64 bits. */
export const hex64 = (field: string): Notation => ({
  field,
  pattern: `0x${HEX}`,
  print: (values) => `0x${numeric(values[field]).toString(16).padStart(16, '0')}`,
  parse: BigInt
})

/** `%d`; negative numbers of a field of 32 bits are read back as such. */
export const decimal = (field: string): Notation => ({
  field,
  pattern: '-?[0-9]+',
  print: (values) => numeric(values[field]).toString(),
  parse: (text) => Number(text) >>> 0
})

/** A value by its name in a list; one that has none is "unknown" and read back as `unknown`. */
export const named = (field: string, names: readonly string[], unknown: number): Notation => ({
  field,
  pattern: '.+',
  print: (values) => names[Number(numeric(values[field]))] ?? 'unknown',
  parse: (text) => (names.includes(text) ? names.indexOf(text) : unknown)
})

/** `%pUl`. */
export const guid = (field: string): Notation => ({
  field,
  pattern: `${HEX}(?:-${HEX}){4}`,
  print: (values) => String(values[field]),
  parse: (text) => text.toLowerCase()
})

/** `%08llx`. */
export const recordIdentifier = (field: string): Notation => ({
  field,
  pattern: HEX,
  print: (values) => numeric(values[field]).toString(16).padStart(8, '0'),
  parse: (text) => BigInt(`0x${text}`)
})

/** Words that another field of the row decides. */
export const inWords = (print: (values: Values) => string): Notation => ({ pattern: '.*?', print })

/** The rest of the line as it is. */
export const rest = (field: string): Notation => ({
  field,
  pattern: '.*',
  print: (values) => String(values[field]),
  parse: (text) => text
})

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** Mail and terminals fold blanks, and take those at the ends: where fixed text has some, any number will do. */
const fixed = (text: string): string =>
  escaped(text).replaceAll(/ +/g, (blanks, at: number) =>
    at === 0 || at + blanks.length === escaped(text).length ? String.raw`\s*` : String.raw`\s+`
  )

/** A row from its parts in order. It is printed when its first field is there; other fields of it count as 0 then. */
export function line(...parts: readonly (string | Notation)[]): LineForm {
  const notations = parts.filter((part) => typeof part !== 'string')
  const first = notations.find(({ field }) => field !== undefined)?.field
  const pattern = parts.map((part) => (typeof part === 'string' ? fixed(part) : `(${part.pattern})`))
  const whole = new RegExp(`^\\s*${pattern.join('')}\\s*$`)
  return {
    print(given) {
      const values = given as Values
      if (first !== undefined && values[first] === undefined) return undefined
      return parts.map((part) => (typeof part === 'string' ? part : part.print(values))).join('')
    },
    parse(text) {
      const match = whole.exec(text)
      if (match === null) return undefined
      const found = notations.flatMap(({ field, parse }, at) =>
        field === undefined || parse === undefined ? [] : [[field, parse(match[at + 1] ?? '')] as const]
      )
      return Object.fromEntries(found)
    }
  }
}

/** `name:value ` for each field that is there; the whole is absent when none is. */
export function items(...fields: readonly (readonly [name: string, notation: Notation])[]): LineForm {
  const present = (values: Values) =>
    fields.filter(([, { field }]) => field !== undefined && values[field] !== undefined)
  return {
    print(given) {
      const values = given as Values
      const there = present(values)
      return there.length === 0
        ? undefined
        : there.map(([name, notation]) => `${name}:${notation.print(values)} `).join('')
    },
    parse(text) {
      const found: Record<string, unknown> = {}
      const tokens = text.trim().replaceAll(/:\s+/g, ':').split(/\s+/)
      for (const token of tokens) {
        const [name = '', value = ''] = token.split(/:(.*)/)
        const [, notation] = fields.find(([known]) => known === name) ?? []
        if (notation?.field === undefined || notation.parse === undefined) return undefined
        if (!new RegExp(`^${notation.pattern}$`).test(value)) return undefined
        found[notation.field] = notation.parse(value)
      }
      return tokens.length === 0 ? undefined : found
    }
  }
}

/** The first row that a line has the form of, read. */
export function parseAny(forms: readonly LineForm[], text: string): Values | undefined {
  for (const form of forms) {
    const values = form.parse(text)
    if (values !== undefined) return values
  }
  return undefined
}
