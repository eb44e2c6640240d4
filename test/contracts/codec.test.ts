import t from 'tap'
import fc from 'fast-check'
import { Type } from 'typebox'
import { compileCodec, wireOf } from '../../shared/contracts/codec.ts'
import { nearest } from '../../shared/contracts/nearest.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { Bytes, U64 } from '../../shared/contracts/wire.ts'

const Thing = Type.Object({
  name: Type.String(),
  address: U64,
  raw: Type.Optional(Bytes),
  plain: Type.Optional(Type.Object({ n: Type.Integer() })),
  list: Type.Optional(Type.Array(Type.Object({ at: U64 }))),
  byName: Type.Optional(Type.Record(Type.String(), U64)),
  pair: Type.Optional(Type.Tuple([Type.Integer(), U64])),
  both: Type.Optional(Type.Intersect([Type.Object({ a: U64 }), Type.Object({ b: U64 })])),
  either: Type.Optional(
    Type.Union([
      Type.Object({ kind: Type.Literal('number'), value: U64 }),
      Type.Object({ kind: Type.Literal('text'), value: Type.String() })
    ])
  )
})

const CASES = [
  ['64-bit fields and bytes', { name: 'a', address: 0xffff_ffff_ffff_ffffn, raw: Uint8Array.of(1, 2, 255) }],
  ['lists', { name: 'a', address: 0n, list: [{ at: 1n }, { at: 0x10n }] }],
  ['records', { name: 'a', address: 1n, byName: { x: 2n, y: 3n } }],
  ['tuples', { name: 'a', address: 1n, pair: [7, 9n] }],
  ['intersections', { name: 'a', address: 1n, both: { a: 1n, b: 2n } }],
  ['the number branch of a union', { name: 'a', address: 1n, either: { kind: 'number', value: 0x20n } }],
  [
    'the text branch of a union, though its text looks like a number',
    { name: 'a', address: 1n, either: { kind: 'text', value: '0x20' } }
  ]
] as const

void t.test('a value comes back from the wire as it left', async (t) => {
  const { encode, decode } = compileCodec(Thing)
  for (const [what, value] of CASES) {
    const json: unknown = JSON.parse(JSON.stringify(encode(value)))

    t.strictSame(decode(json), value, what)
    t.strictSame(wireOf(value), encode(value), `${what}: journals write it the same way`)
  }
})

void t.test('64-bit values are lower-case hex and bytes are base64', async (t) => {
  const json = compileCodec(Thing).encode({ name: 'x', address: 0xabcn, raw: Uint8Array.of(0, 1) })

  t.strictSame(json, { name: 'x', address: '0xabc', raw: 'AAE=' })
})

void t.test('parts without 64-bit values are passed through, not copied', async (t) => {
  const plain = { n: 1 }
  const value = { name: 'x', address: 1n, plain }
  const bare = { a: 1 }

  t.equal((compileCodec(Thing).encode(value) as { plain: unknown }).plain, plain)
  t.equal(compileCodec(Type.Object({ a: Type.Integer() })).encode(bare), bare)
})

void t.test('a number that does not fit 64 bits is not sent', async (t) => {
  const { encode } = compileCodec(U64)

  t.throws(() => encode(-1n), RangeError)
  t.throws(() => encode(1n << 64n), RangeError)
})

void t.test('every 64-bit value and every byte string survives the wire', async (t) => {
  const { encode, parse } = wire(Type.Object({ address: U64, raw: Bytes }))
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.uint8Array(), (address, raw) => {
      const parsed = parse(encode({ address, raw }))
      t.ok('value' in parsed)
      t.strictSame((parsed as { value: unknown }).value, { address, raw })
    }),
    { numRuns: 50 }
  )
})

const REFUSED = [
  ['an unknown field', { name: 'a', address: '0x1', adress: 1 }, 'field-unknown', '/adress', /did you mean address/],
  [
    'an unknown field further in',
    { name: 'a', address: '0x1', list: [{ at: '0x1', x: 1 }] },
    'field-unknown',
    '/list/0/x',
    /known: at/
  ],
  ['a missing field', { name: 'a' }, 'field-missing', '/address', /address is missing/],
  ['a number where hex is due', { name: 'a', address: 5 }, 'field-invalid', '/address', /hex string/],
  ['upper-case hex', { name: 'a', address: '0xAB' }, 'field-invalid', '/address', /lower-case/],
  ['65 bits', { name: 'a', address: '0x10000000000000000' }, 'field-invalid', '/address', /64-bit/],
  ['base64 that stops early', { name: 'a', address: '0x1', raw: 'AAE' }, 'field-invalid', '/raw', /base64/],
  [
    'a wrong branch of a union',
    { name: 'a', address: '0x1', either: { kind: 'number', value: 3 } },
    'field-invalid',
    '/either/value',
    /hex/
  ],
  ['a list instead of an object', [], 'field-invalid', '', /object/],
  ['nothing', undefined, 'field-invalid', '', /object/]
] as const

void t.test('what does not fit is refused with the path of the field', async (t) => {
  const { parse } = wire(Thing)
  for (const [what, json, code, field, detail] of REFUSED) {
    t.match(parse(json), { error: { code, field, detail } }, what)
  }
})

void t.test('allowed values are listed when another is given', async (t) => {
  const parsed = wire(Type.Object({ kind: Type.Enum(['SEA', 'SEI']) })).parse({ kind: 'sea' })

  t.match(parsed, { error: { code: 'field-invalid', field: '/kind', detail: '/kind must be one of SEA, SEI' } })
  const either = Type.Object({ kind: Type.Union([Type.Enum(['SEA', 'SEI']), Type.Literal('interrupt')]) })
  t.match(wire(either).parse({ kind: 4 }), { error: { detail: '/kind must be one of SEA, SEI, interrupt' } })
})

void t.test('a schema that says it is open stays open', async (t) => {
  const open = Type.Object({ a: Type.Integer() }, { additionalProperties: true })

  t.match(wire(open).parse({ a: 1, b: 2 }), { value: { a: 1, b: 2 } })
})

void t.test('a misspelling is only corrected when it is near', async (t) => {
  t.equal(nearest('guestPhysicl', ['guestPhysical', 'hostPhysical']), 'guestPhysical')
  t.equal(nearest('zebra', ['guestPhysical']), undefined)
  t.equal(nearest('ZEBRA', ['guestPhysical', 'zebrA']), 'zebrA', 'whatever the case')
  t.equal(nearest('host_physical', ['guestPhysical', 'hostPhysical']), 'hostPhysical', 'whatever joins its words')
  t.equal(nearest('redsi', ['nginx', 'redis']), 'redis', 'two letters in each other’s place are one mistake')
  t.equal(nearest('crashkernel', ['sei', 'linux']), undefined)
  t.equal(nearest('dma', ['ack', 'einj']), undefined, 'a short name is near to few')
  t.equal(nearest('zebra', []), undefined)
})
