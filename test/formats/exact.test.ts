import t from 'tap'
import fc from 'fast-check'
import { FormatError } from '../../shared/formats/format-error.ts'
import { CODECS } from './exact-codecs.ts'
import { hexOf } from './hex.ts'

/** Runs of each codec; the seed makes them the same ones every time. */
const RUNS = { numRuns: 600, seed: 0x5ea }

interface Mutation {
  readonly pick: number
  readonly changes: readonly (readonly [number, number])[]
  readonly more: Uint8Array
  readonly fewer: number
}

/** Bytes changed at random places, and a few more or fewer at the end. */
const mutation: fc.Arbitrary<Mutation> = fc.record({
  pick: fc.nat(1000),
  changes: fc.array(fc.tuple(fc.nat(4000), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 8, 0x20, 0x80))), {
    maxLength: 8
  }),
  more: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 24 })),
  fewer: fc.oneof(fc.constant(0), fc.nat(12))
})

function mutated(seeds: readonly Uint8Array[], { pick, changes, more, fewer }: Mutation): Uint8Array {
  const seed = seeds[pick % seeds.length] ?? new Uint8Array()
  const bytes = Uint8Array.of(...seed.subarray(0, Math.max(0, seed.length - fewer)), ...more)
  for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
  return bytes
}

/** Undefined when the bytes are refused. */
function decoded<Value>(decode: (bytes: Uint8Array) => Value, bytes: Uint8Array): Value | undefined {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

for (const { name, seeds, decode, encode, extent, least } of CODECS) {
  void t.test(`${name}: whatever is accepted comes back byte for byte`, async (t) => {
    let accepted = 0
    fc.assert(
      fc.property(mutation, (how) => {
        const bytes = mutated(seeds, how)
        const value = decoded(decode, bytes)
        if (value === undefined) return
        accepted++
        const part = bytes.subarray(0, extent(bytes))
        if (hexOf(encode(value)) !== hexOf(part)) {
          throw new Error(`${hexOf(part)}\n${hexOf(encode(value))}`)
        }
      }),
      RUNS
    )
    t.ok(accepted >= least, `${accepted} of ${RUNS.numRuns} were accepted`)
  })
}

for (const { name, seeds, decode, encode, extent, fields } of CODECS) {
  if (fields === undefined) continue
  void t.test(`${name}: one field changed changes its own bytes and no others`, async (t) => {
    let changed = 0
    fc.assert(
      fc.property(mutation, fc.nat(1000), fc.infiniteStream(fc.nat(0xffff_ffff)), (how, which, numbers) => {
        const bytes = mutated(seeds, how)
        const value = decoded(decode, bytes)
        const field = fields[which % fields.length]
        if (value === undefined || field === undefined) return
        const before = bytes.subarray(0, extent(bytes))
        const change = field.change(value, (): number => Number(numbers.next().value))
        if (change === undefined) return
        const after = encode(change)
        changed++
        for (let at = 0; at < Math.max(before.length, after.length); at++) {
          const own = field.bytes.some(([offset, length]) => at >= offset && at < offset + length)
          if (!own && before[at] !== after[at]) {
            throw new Error(`${field.name} changed byte ${at}\n${hexOf(before)}\n${hexOf(after)}`)
          }
        }
        field.verify?.(change, decode(after))
      }),
      RUNS
    )
    t.ok(changed > 100, `${changed} changes`)
  })
}
