import fc from 'fast-check'
import t from 'tap'
import { fromBase64, fromHex, toBase64, toHex } from '../../package/older-node.ts'

/** What a function gives, or the name of the error that it throws. */
function came(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return (error as Error).name
  }
}

const texts = fc.oneof(
  fc.base64String(),
  fc.base64String().map((text) => text.replace(/=+$/, '')),
  fc.string({ unit: fc.constantFrom(...'AQgwEBCZz09+/=- \n'), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefAF g'), maxLength: 8 })
)

void t.test('on an older Node base64 is read as newer ones read it, also what is none', (t) => {
  fc.assert(
    fc.property(texts, fc.constantFrom('loose', 'strict'), (text, lastChunkHandling) => {
      t.same(
        came(() => fromBase64(text, { lastChunkHandling })),
        came(() => Uint8Array.fromBase64(text, { lastChunkHandling })),
        JSON.stringify([text, lastChunkHandling])
      )
    })
  )
  t.end()
})

void t.test('and so is hex', (t) => {
  fc.assert(
    fc.property(texts, (text) => {
      t.same(
        came(() => fromHex(text)),
        came(() => Uint8Array.fromHex(text)),
        JSON.stringify(text)
      )
    })
  )
  t.end()
})

void t.test('bytes are written the same, a part of a larger buffer too', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat({ max: 4 }), (bytes, from) => {
      const part = bytes.subarray(from)
      t.equal(toBase64(part), part.toBase64())
      t.equal(toHex(part), part.toHex())
    })
  )
  t.end()
})
