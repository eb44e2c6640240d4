import { UsageError } from '../command.ts'

const LARGEST = (1n << 64n) - 1n

/** The eight bytes of a syndrome as one types it, little-endian. Throws UsageError for what is none. */
export function syndromeBytes(command: string, word: string): Uint8Array {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(word) || BigInt(word) > LARGEST) {
    throw new UsageError(`${command}: ${word} is no syndrome: a 64-bit number such as 0x96000410`)
  }
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(word), true)
  return bytes
}
