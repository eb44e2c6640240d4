import { plainText } from '../contracts/plain-text.ts'

const ENTITY: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/**
 * Text as it may stand in XML or SVG, also in an attribute. XML 1.0 has no way to write most control characters, nor half of
 * a pair.
 */
export function xml(text: string): string {
  const written = text
    .replaceAll(/[&<>"]/g, (char) => ENTITY[char] ?? char)
    .replaceAll(/\p{Cc}/gu, (char) => (/[\t\n]/.test(char) ? char : ' '))
    .replaceAll(/[\p{Cs}\ufffe\uffff]/gu, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
  return plainText(written)
}
