import { readText, viewOf } from '../bytes.ts'
import { GUID_SIZE, guidAt } from '../guid.ts'
import type { Place, PlaceType } from '../layout.ts'
import type { FieldValue } from './field.ts'

const SIZE: { readonly [Type in PlaceType]: number } = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  i16: 2,
  i32: 4,
  guid: GUID_SIZE,
  text: 0,
  bytes: 0
}

/** Bytes that a place takes. */
export function placeSize([, type, size = SIZE[type]]: Place): number {
  return size
}

/** What is at a place; its bytes are all there. */
export function readPlace(bytes: Uint8Array, at: number, type: PlaceType, size: number): FieldValue {
  const view = viewOf(bytes)
  switch (type) {
    case 'u8':
      return view.getUint8(at)
    case 'u16':
      return view.getUint16(at)
    case 'u32':
      return view.getUint32(at)
    case 'u64':
      return view.getBigUint64(at)
    case 'i16':
      return view.getInt16(at)
    case 'i32':
      return view.getInt32(at)
    case 'guid':
      return guidAt(bytes, at)
    case 'text':
      return readText(bytes, at, size)
    case 'bytes':
      return bytes.subarray(at, at + size)
  }
}
