import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { stateOfText, textOfState } from '../../shared/engine/state-text.ts'

const back = (value: unknown) => stateOfText(textOfState(value))

void t.test('every plain value comes back as it was', async (t) => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.double(),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity),
      fc.uint8Array(),
      fc.array(tie('value')),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '1')), tie('value'), {
        noNullPrototype: true
      }),
      fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
      fc.array(tie('value')).map((items) => new Set(items))
    )
  }))
  fc.assert(
    fc.property(plain.value, (value) => {
      assert.deepStrictEqual(back(value), value)
    }),
    { numRuns: 300 }
  )
  t.pass('all of them')
})

void t.test('what was one object is one object again, and what was two is two', async (t) => {
  const shared = { bytes: new Uint8Array([1, 2]) }
  const value = { a: shared, b: [shared, { ...shared }], c: new Map([[shared, new Set([shared])]]) }

  const again = back(value) as typeof value

  t.equal(again.b[0], again.a)
  t.not(again.b[1], again.a)
  t.equal(again.b[1]?.bytes, again.a.bytes)
  t.ok(again.c.get(again.a)?.has(again.a))
})

void t.test('what a copy would not be the same as is refused', async (t) => {
  t.throws(() => textOfState({ at: new Date(0) }), new TypeError('a Date is no plain value'))
  t.throws(() => textOfState([() => 1]), new TypeError('a function is no plain value'))
  t.throws(() => textOfState({ words: new Uint16Array(2) }), new TypeError('a Uint16Array is no plain value'))
  t.throws(() => stateOfText('[9]'), new TypeError('9 is no form of a value'))
  t.throws(() => stateOfText('[0,[7,5]]'), new TypeError('there is no value 5'))
})

void t.test('the text of a value stays what it is', async (t) => {
  const shared = [1]
  const value = { n: 5, u: undefined, b: 2n ** 64n, l: [shared, shared], m: new Map([['k', new Set([NaN])]]) }

  t.equal(
    textOfState({ ...value, bytes: new Uint8Array([255]), text: 'a"\u2028' }),
    '{"n":5,"u":[1],"b":[2,"18446744073709551616"],"l":[0,[0,1],[7,2]],"m":[5,"k",[6,[4,"NaN"]]],"bytes":[3,"/w=="],"text":"a\\"\u2028"}'
  )
})
