const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  throw new Error(`seabus needs Node 22.19 or newer, this is ${process.versions.node}`)
}

/**
 * What bytes of newer Nodes can do and those of Node 22 and 24 cannot (ECMAScript 2026, Uint8Array and base64): the part of it
 * that is used here. Where a Node has it, nothing is changed.
 */

type LastChunk = { readonly lastChunkHandling?: 'loose' | 'strict' }

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/
/** Digits that have no bits behind the last byte, by how many digits the last chunk has. */
const WHOLE_DIGITS: Readonly<Record<number, string>> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' }

/** Throws SyntaxError for what is no base64; `strict` wants the padding, and no bits behind the last byte. */
export function fromBase64(text: string, { lastChunkHandling = 'loose' }: LastChunk = {}): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('base64 is a string')
  const whole = text.replaceAll(/[\t\n\f\r ]/g, '')
  const digits = whole.replace(/=+$/, '')
  const isWhole = whole.length % 4 === 0
  const hasBits = WHOLE_DIGITS[digits.length % 4]?.includes(digits.at(-1) ?? '') === false
  if (!BASE64.test(whole) || (lastChunkHandling === 'strict' && (!isWhole || hasBits))) {
    throw new SyntaxError('The string is no base64.')
  }
  return new Uint8Array(Buffer.from(digits, 'base64'))
}

/** Throws SyntaxError for what is no hex. */
export function fromHex(text: string): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('hex is a string')
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new SyntaxError('The string is no hex.')
  return new Uint8Array(Buffer.from(text, 'hex'))
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)
export const toBase64 = (bytes: Uint8Array): string => viewOf(bytes).toString('base64')
export const toHex = (bytes: Uint8Array): string => viewOf(bytes).toString('hex')

const STATIC = { fromBase64, fromHex }
const METHODS = {
  toBase64(this: Uint8Array) {
    return toBase64(this)
  },
  toHex(this: Uint8Array) {
    return toHex(this)
  }
}

function provide(on: object, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (!(name in on)) Object.defineProperty(on, name, { value, writable: true, configurable: true })
  }
}

provide(Uint8Array, STATIC)
provide(Uint8Array.prototype, METHODS)
