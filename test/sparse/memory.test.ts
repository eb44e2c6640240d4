import fc from 'fast-check'
import t from 'tap'
import { clearMemory, covers, readMemory, sparseMemory, writeMemory } from '../../shared/sparse/memory.ts'

const START = 0x4000_0000n
const LENGTH = 0x1_0000
const PAGE = 0x1000

void t.test('memory reads what was written last, and zeros where nothing was or where it was cleared', async (t) => {
  const write = fc.record({ at: fc.nat(LENGTH - 1), bytes: fc.uint8Array({ maxLength: 700 }) })
  const clear = fc.record({ page: fc.nat(LENGTH / PAGE - 1), pages: fc.nat(4) })

  fc.assert(
    fc.property(fc.array(fc.oneof(write, clear), { maxLength: 30 }), write, (changes, { at, bytes }) => {
      const model = new Uint8Array(LENGTH)
      let memory = sparseMemory(START, START + BigInt(LENGTH))

      for (const change of changes) {
        if ('page' in change) {
          model.fill(0, change.page * PAGE, (change.page + change.pages) * PAGE)
          memory = clearMemory(memory, START + BigInt(change.page * PAGE), BigInt(change.pages * PAGE))
          continue
        }
        const next = writeMemory(memory, START + BigInt(change.at), change.bytes)
        t.equal(next !== undefined, change.at + change.bytes.length <= LENGTH)
        if (next === undefined) continue
        model.set(change.bytes, change.at)
        memory = next
      }

      const before = readMemory(memory, START, LENGTH)
      t.ok(Buffer.from(model).equals(before ?? new Uint8Array()))
      const length = Math.min(bytes.length, LENGTH - at)
      t.strictSame(readMemory(memory, START + BigInt(at), length), model.slice(at, at + length))
      writeMemory(memory, START + BigInt(at), bytes)
      t.ok(Buffer.from(model).equals(readMemory(memory, START, LENGTH) ?? new Uint8Array()), 'an older memory stays')
    }),
    { numRuns: 60 }
  )
})

void t.test("what is read is nobody else's, and what was written may change afterwards", async (t) => {
  const bytes = new Uint8Array(64).fill(7)
  const memory = writeMemory(sparseMemory(0n, 0x1000n), 0n, bytes)
  if (memory === undefined) throw new Error('it fits')

  bytes.fill(1)
  readMemory(memory, 0n, 64)?.fill(2)

  t.strictSame(readMemory(memory, 0n, 64), new Uint8Array(64).fill(7))
})

void t.test('beyond its ends there is no memory, and memory of any size can be written at its end', async (t) => {
  for (const end of [0x40n, 0x1000n, 1n << 20n, 1n << 36n, 1n << 48n]) {
    const memory = sparseMemory(0n, end)
    const last = writeMemory(memory, end - 8n, new Uint8Array(8).fill(9))

    t.notOk(covers(memory, end - 7n, 8))
    t.equal(writeMemory(memory, end - 7n, new Uint8Array(8)), undefined)
    t.equal(readMemory(memory, end, 1), undefined)
    t.strictSame(last && readMemory(last, end - 9n, 9), new Uint8Array([0, 9, 9, 9, 9, 9, 9, 9, 9]))
  }
})
