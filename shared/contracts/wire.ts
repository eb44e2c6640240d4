import { Type } from 'typebox'

/**
 * Values that JSON cannot carry as they are: 64-bit numbers travel as `"0x…"` strings and raw bytes as base64.
 * Inside a model they are `bigint` and `Uint8Array`; the schemas below describe the wire and type the inside.
 */
export const U64 = Type.Unsafe<bigint>({
  type: 'string',
  pattern: '^0x[0-9a-f]{1,16}$',
  'x-seabus': 'u64',
  description: '64-bit value, lower-case hex'
})
export const Bytes = Type.Unsafe<Uint8Array>({
  type: 'string',
  contentEncoding: 'base64',
  pattern: '^[A-Za-z0-9+/]*={0,2}$',
  'x-seabus': 'bytes',
  description: 'raw bytes, base64'
})
