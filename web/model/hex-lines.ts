/** Bytes of one field that stand together in a line. */
export interface HexRun {
  /** The field; -1 where none holds them. */
  readonly owner: number
  readonly hex: string
  readonly ascii: string
  readonly isZero: boolean
  /** Place of the first byte. */
  readonly at: number
}

export interface HexLine {
  readonly offset: string
  readonly runs: readonly HexRun[]
  /** Spaces that fill up a line that is not full. */
  readonly padding: string
}

/**
 * Bytes as lines of `width`, cut where a field ends or zeroes begin, so that there are few elements however many bytes
 * there are.
 */
export function hexLines(bytes: Uint8Array, owners: Int32Array, width: number): readonly HexLine[] {
  const digits = Math.max(2, (bytes.length - 1).toString(16).length)
  const lines: HexLine[] = []
  for (let begin = 0; begin < bytes.length; begin += width) {
    const end = Math.min(bytes.length, begin + width)
    const runs: HexRun[] = []
    let at = begin
    while (at < end) {
      const from = at
      const owner = owners[from] ?? -1
      const isZero = bytes[from] === 0
      while (at < end && (owners[at] ?? -1) === owner && (bytes[at] === 0) === isZero) at++
      const part = [...bytes.subarray(from, at)]
      runs.push({ owner, isZero, at: from, hex: part.map(hexByte).join(' '), ascii: part.map(printable).join('') })
    }
    lines.push({
      offset: begin.toString(16).padStart(digits, '0'),
      runs,
      padding: '   '.repeat(begin + width - end)
    })
  }
  return lines
}

const hexByte = (byte: number) => byte.toString(16).padStart(2, '0')
const printable = (byte: number) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')
