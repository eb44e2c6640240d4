const ENTITY: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as it may stand in XML or SVG, also in an attribute. XML 1.0 has no way to write most control characters. */
export function xml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (char) => ENTITY[char] ?? char)
    .replaceAll(/\p{Cc}/gu, (char) => (/[\t\n\r]/.test(char) ? char : ' '))
}
