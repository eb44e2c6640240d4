const WIDTH = 16

/** Bytes as `hexdump -C` prints them, without its last line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = [...bytes.subarray(at, at + WIDTH)]
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'))
    const halves = [hex.slice(0, WIDTH / 2).join(' '), hex.slice(WIDTH / 2).join(' ')]
    const ascii = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.join('  ').padEnd(WIDTH * 3)}  |${ascii}|`)
  }
  return lines.join('\n')
}
