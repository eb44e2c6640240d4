/** Turns 64-bit values into words and back; one for all, since nothing keeps it. */
const WORDS = new Uint32Array(2)
const LONG = new BigUint64Array(WORDS.buffer)
/** Order of the words of a 64-bit value on the machine that runs this. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/**
 * Reads and writes little-endian numbers, which is how every format here has them. What a DataView does, without an object
 * of the engine for each array; offsets outside of the bytes throw RangeError.
 */
export class ByteView {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get byteLength(): number {
    return this.#bytes.length
  }

  getUint8(at: number): number {
    this.#requireInside(at, 1)
    return this.#bytes[at] as number
  }

  getUint16(at: number): number {
    this.#requireInside(at, 2)
    const bytes = this.#bytes
    return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  }

  getInt16(at: number): number {
    return (this.getUint16(at) << 16) >> 16
  }

  getInt32(at: number): number {
    this.#requireInside(at, 4)
    const bytes = this.#bytes
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    )
  }

  getUint32(at: number): number {
    return this.getInt32(at) >>> 0
  }

  getBigUint64(at: number): bigint {
    this.#requireInside(at, 8)
    WORDS[LOW] = this.getInt32(at)
    WORDS[HIGH] = this.getInt32(at + 4)
    return LONG[0] as bigint
  }

  setUint8(at: number, value: number): void {
    this.#requireInside(at, 1)
    this.#bytes[at] = value
  }

  setUint16(at: number, value: number): void {
    this.#requireInside(at, 2)
    this.#bytes[at] = value
    this.#bytes[at + 1] = value >> 8
  }

  setInt16(at: number, value: number): void {
    this.setUint16(at, value)
  }

  setUint32(at: number, value: number): void {
    this.#requireInside(at, 4)
    const bytes = this.#bytes
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  }

  setInt32(at: number, value: number): void {
    this.setUint32(at, value)
  }

  setBigUint64(at: number, value: bigint): void {
    this.#requireInside(at, 8)
    LONG[0] = value
    this.setUint32(at, WORDS[LOW] as number)
    this.setUint32(at + 4, WORDS[HIGH] as number)
  }

  /** These bytes themselves, no copy of them. */
  bytes(at: number, length: number): Uint8Array {
    this.#requireInside(at, length)
    return this.#bytes.subarray(at, at + length)
  }

  #requireInside(at: number, length: number): void {
    if (at >= 0 && at + length <= this.#bytes.length) return
    throw new RangeError(`offset ${at} with ${length} bytes is outside of ${this.#bytes.length} bytes`)
  }
}
