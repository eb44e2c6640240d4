import { printk } from './printk.ts'
import type { Kernel } from './state.ts'

const ROW_SIZE = 16
const GROUP_SIZE = 4

const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0')

/** hex_dump_to_buffer() for one row: words as the CPU reads them when the row is whole words, else single bytes. */
function hexRow(row: Uint8Array, ascii: boolean): string {
  const group = row.length % GROUP_SIZE === 0 ? GROUP_SIZE : 1
  const groups: string[] = []
  for (let at = 0; at < row.length; at += group) {
    groups.push(
      Array.from(row.subarray(at, at + group), hex2)
        .reverse()
        .join('')
    )
  }
  const hex = groups.join(' ')
  if (!ascii) return hex
  const asciiColumn = ROW_SIZE * 2 + ROW_SIZE / group + 1
  const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return hex.padEnd(asciiColumn) + text
}

/** A row as it was printed, read back: groups of whole words or of single bytes, which may be followed by their text. */
export function parseHexRow(text: string, bytesLeft = ROW_SIZE): { offset: number; bytes: Uint8Array } | undefined {
  const [, offset = '', data = ''] = /^\s*([0-9a-f]{8}): ?((?:[0-9a-f]{2,16}(?: |$))+)/.exec(`${text} `) ?? []
  if (offset === '') return undefined
  const groups = data.trim().split(' ')
  const digits = groups[0]?.length ?? 0
  const bytes: number[] = []
  for (const group of groups) {
    if (group.length !== digits || bytes.length + digits / 2 > Math.min(ROW_SIZE, bytesLeft)) break
    bytes.push(...(group.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).reverse())
  }
  return { offset: parseInt(offset, 16), bytes: Uint8Array.from(bytes) }
}

/**
 * print_hex_dump() with offsets, 16 bytes in a row in groups of four.
 *
 * Spec: Linux 6.1, lib/hexdump.c, print_hex_dump, hex_dump_to_buffer.
 * Fidelity: exact.
 */
export function printHexDump(k: Kernel, prefix: string, bytes: Uint8Array, ascii: boolean): void {
  for (let at = 0; at < bytes.length; at += ROW_SIZE) {
    const offset = at.toString(16).padStart(8, '0')
    printk(k, `${prefix}${offset}: ${hexRow(bytes.subarray(at, at + ROW_SIZE), ascii)}`)
  }
}
