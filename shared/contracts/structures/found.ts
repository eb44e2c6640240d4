import type { FieldKind } from '../../formats/fields/fields-of.ts'
import { FormatError } from '../../formats/format-error.ts'

/** A structure in an entry, not read yet: where it is in the data, what it is, and how its bytes come about. */
export interface Found {
  /** Names from the data on with dots between, e.g. `armSea.esr`; empty when it is made of the data as a whole. */
  readonly at: string
  /** Undefined where the bytes themselves say what they are: they are what somebody reads or writes in memory. */
  readonly kind: FieldKind | undefined
  /** Throws FormatError when the data are not what their contract says. */
  readonly read: () => Uint8Array
}

/** Bytes that the data carry as base64; nothing where there are none. */
export function carried(at: string, kind: FieldKind | undefined, text: string | undefined): readonly Found[] {
  return text === undefined ? [] : [{ at, kind, read: () => bytesOfBase64(text) }]
}

/** A register that the data carry as a number; its bytes are what lies in memory, least significant first. */
export function register(at: string, kind: FieldKind, text: string | undefined): readonly Found[] {
  return text === undefined ? [] : [{ at, kind, read: () => registerBytes(u64(text)) }]
}

/** A structure whose members the data carry as fields. */
export function built(at: string, kind: FieldKind, read: () => Uint8Array): readonly Found[] {
  return [{ at, kind, read }]
}

/** The number of a 64-bit value as JSON carries it; throws FormatError for whatever else it is. */
export function u64(text: unknown): bigint {
  if (typeof text === 'string' && /^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text)
  throw new FormatError('a 64-bit value is 0x and 1 to 16 hex digits', 0, String(text))
}

function registerBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function bytesOfBase64(text: unknown): Uint8Array {
  if (typeof text === 'string' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  }
  throw new FormatError('bytes travel as base64', 0)
}
