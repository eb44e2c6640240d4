import fc from 'fast-check'
import { decodeGuid } from '../../shared/formats/guid.ts'

export const u8 = fc.nat(0xff)
export const u16 = fc.nat(0xffff)
export const u32 = fc.nat(0xffffffff)
export const u64 = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn)
export const guid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(decodeGuid)

/** Plain objects with all these fields; fast-check would also make some without a prototype, which decoders never do. */
export function record<Model extends object>(model: Arbitraries<Model>): fc.Arbitrary<Model> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<Model>
}

type Arbitraries<Model> = { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }

/** Objects whose first fields are all there, and whose second fields may each be missing. */
export function partly<Always extends object, Maybe extends object>(
  always: Arbitraries<Always>,
  maybe: Arbitraries<Maybe>
): fc.Arbitrary<Always & Partial<Maybe>> {
  return fc.tuple(record(always), fc.record(maybe, { requiredKeys: [] })).map(([a, b]) => ({ ...a, ...b }))
}
