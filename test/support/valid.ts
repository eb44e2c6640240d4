import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { QEMU_ARM_BLOCK, QEMU_HEST, QEMU_MEMORY_BLOCK } from '../formats/worked-examples.ts'
import type { Schema } from './json-schema.ts'

/** Addresses that mean something on a furnished machine, and some that do not. */
const ADDRESSES = [
  0n,
  0x18n,
  0x1000n,
  0x3f00_2000n,
  0x3f00_2008n,
  0x4000_1000n,
  0x4000_1018n,
  0x43d9_0000n,
  0x43da_0018n,
  0x4800_1000n,
  0x7bf1_5000n,
  0x7fff_f000n,
  0xffff_8000_1000n,
  0xffff_9000_0000n,
  0xffff_9a80_1000n,
  0xffff_ffff_ffff_f000n,
  0xffff_ffff_ffff_ffffn
]
const LENGTHS = [0n, 1n, 0x1000n, 0x20_0000n, 0x400_0000n]
const SYNDROMES = [0x9200_0010n, 0x9200_0007n, 0xbe00_0011n, 0xbe00_0811n, 0xbe00_0c11n, 0x8600_0010n]

const u64 = fc
  .oneof(fc.constantFrom(...ADDRESSES, ...LENGTHS, ...SYNDROMES), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))
  .map((value) => `0x${value.toString(16)}`)
const record = fc
  .tuple(fc.constantFrom(QEMU_MEMORY_BLOCK, QEMU_ARM_BLOCK, QEMU_HEST), fc.nat(200), fc.nat(255), fc.boolean())
  .map(([bytes, at, value, whole]) => (whole ? bytes : bytes.with(at % bytes.length, value)))
const bytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), record).map((value) => Buffer.from(value).toString('base64'))

function integer({ minimum = -(2 ** 31), maximum = 2 ** 31 }: Schema): fc.Arbitrary<number> {
  const usual = [0, 1, 3, 4, 7, 41, 119, 233, 1200, 4242, 4243].filter((one) => one >= minimum && one <= maximum)
  return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(...usual, minimum))
}

function text({ pattern, maxLength = 20 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.constantFrom('vm0', 'vm0', 'vm1')
  return fc.oneof(
    fc.constantFrom('morse', 'sei', 'redis'),
    fc.string({ minLength: 1, maxLength: Math.min(maxLength, 15) })
  )
}

/** Values that a schema allows, many of them such as mean something. */
export function validFor(of: TSchema): fc.Arbitrary<unknown> {
  const schema = of as Schema
  const from = (part: Schema) => validFor(part)
  if (schema['x-seabus'] === 'u64') return u64
  if (schema['x-seabus'] === 'bytes') return bytes
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(from))
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return integer(schema)
  if (schema.type === 'string') return text(schema)
  if (schema.type === 'array' && schema.items !== undefined) {
    return fc.array(from(schema.items), { minLength: schema.minItems ?? 0, maxLength: (schema.minItems ?? 0) + 2 })
  }
  const fields = Object.entries(schema.properties ?? {}).map(([name, part]) => [name, from(part)] as const)
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] })
}
