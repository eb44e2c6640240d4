/** JSON as QMP has it: integers are whole 64 bits wide, and those that no number holds are bigint. */
export type QmpValue =
  null | boolean | number | bigint | string | readonly QmpValue[] | { readonly [member: string]: QmpValue }
export type QmpObject = Readonly<Record<string, QmpValue>>

export const isObject = (value: QmpValue | undefined): value is QmpObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As QEMU writes JSON: a space behind each comma and colon, and ASCII only. */
export function qmpText(value: QmpValue): string {
  if (typeof value === 'string') return asciiText(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map(qmpText).join(', ')}]`
  return `{${Object.entries(value)
    .map(([name, member]) => `${asciiText(name)}: ${qmpText(member)}`)
    .join(', ')}}`
}

const asciiText = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  )
