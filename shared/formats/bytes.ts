import { ByteView } from './byte-view.ts'
import { FormatError } from './format-error.ts'

/** A view of exactly these bytes, which may be a part of a larger buffer. */
export function viewOf(bytes: Uint8Array): ByteView {
  return new ByteView(bytes)
}

/** Whether all bytes of `[from, to)` are zero. */
export function isZero(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

/** The characters before the first NUL, at most `length`; one byte is one character (Latin-1), so no byte is lost. */
export function readText(bytes: Uint8Array, offset: number, length: number): string {
  let text = ''
  for (let at = offset; at < offset + length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0) break
    text += String.fromCharCode(byte)
  }
  return text
}

/**
 * Writes `text` and, unless it fills its place, a NUL; what is there behind that stays. Throws when it is too long or not
 * Latin-1.
 */
export function writeText(bytes: Uint8Array, offset: number, length: number, text: string): void {
  if (text.length > length) throw new FormatError(`text of at most ${length} characters`, offset, `${text.length}`)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) throw new FormatError('one byte is one character', offset + i, JSON.stringify(text))
    bytes[offset + i] = code
  }
  if (text.length < length) bytes[offset + text.length] = 0
}
