import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { UsageError } from '../command.ts'

/** What `-` and no file at all stand for. */
const STDIN = '-'

/** A file, or standard input. Throws UsageError for one that cannot be read. */
export function readWhole(file = STDIN): Uint8Array {
  try {
    return readFileSync(file === STDIN ? 0 : file)
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
}

/** The same as text. */
export const readText = (file?: string): string => new TextDecoder().decode(readWhole(file))

/** As one names it in a message. */
export const nameOf = (file = STDIN): string => (file === STDIN ? 'standard input' : file)

/**
 * The bytes in a file or standard input: as they are, or as text, which is base64, hexadecimal digits, or what `xxd` and
 * `hexdump -C` print. Throws UsageError when there are none.
 */
export function readBytes(file?: string): Uint8Array {
  const whole = readWhole(file)
  const bytes = isText(whole) ? bytesOfText(new TextDecoder().decode(whole)) : whole
  if (bytes === undefined) throw new UsageError(`${nameOf(file)}: neither bytes, nor base64, nor hexadecimal digits`)
  if (bytes.length === 0) throw new UsageError(`${nameOf(file)}: nothing in it`)
  return bytes
}

/** UTF-8 without control characters: no record, table or siginfo_t is, since each has zero bytes. */
const isText = (bytes: Uint8Array) =>
  bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127)) && isUtf8(bytes)

const DUMPED = /^[0-9a-f]{4,16}:?\s+((?:[0-9a-f]{2,4}\s{1,2})+)/i

function bytesOfText(text: string): Uint8Array | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const dumped = lines.map((line) => DUMPED.exec(`${line} `)?.[1])
  // The last line of hexdump -C is the length alone.
  const isDump = dumped.some((part) => part !== undefined) && dumped.slice(0, -1).every((part) => part !== undefined)
  const digits = (isDump ? dumped.map((part) => part ?? '') : lines).join('').replaceAll(/\s|0x|,/gi, '')
  if (/^(?:[0-9a-f]{2})+$/i.test(digits)) return Uint8Array.fromHex(digits)
  const plain = text.replaceAll(/\s/g, '')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(plain) && plain.length % 4 === 0) return Uint8Array.fromBase64(plain)
  return plain === '' ? new Uint8Array() : undefined
}
