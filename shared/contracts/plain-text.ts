/**
 * What a terminal takes for an order, or an eye for something else than is there: control characters but line feed and tab,
 * what turns the direction of writing, separators of lines that are no line feed.
 */
const HIDDEN = /[[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufeff]--[\n\t]]/gv

/**
 * Text for people as it may go to a terminal, a log or a page. What is hidden is shown as `\u001b`, which in a text that is
 * JSON means the same character. Every writer of texts ends in this.
 */
export function plainText(text: string): string {
  return text.replaceAll(HIDDEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text from outside that is to stand within a line: it begins no line of its own. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll('\n', '\\n')
}

/** Lines as one text: each stays one, whatever is in it. */
export const joined = (lines: readonly string[]): string => lines.map(plainLine).join('\n')

/** A value whose texts, names of fields among them, are to stand within lines; the same value when they can as they are. */
export function plainLines<T>(value: T): T {
  return cleaned(value) as T
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return plainLine(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(cleaned)
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  const entries = Object.entries(value)
  const plain = entries.map(([name, one]) => [plainLine(name), cleaned(one)] as const)
  const isSame = plain.every(([name, one], index) => name === entries[index]?.[0] && one === entries[index][1])
  return isSame ? value : Object.fromEntries(plain)
}
