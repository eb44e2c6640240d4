import t from 'tap'
import { soakText, verdictsOf, type Block, type Soak } from './figures.ts'

const block = (until: number, more: Partial<Block> = {}): Block => ({
  until,
  times: [10, 11, 12],
  laps: [5],
  heapBytes: 60e6,
  rssBytes: 200e6,
  diskBytes: 20e6,
  ...more
})
const soak = (last: Partial<Block>, more: Partial<Soak> = {}): Soak => ({
  form: 'one',
  asked: 12,
  // What the first takes is not held against anything: there everything is new.
  blocks: [block(3, { heapBytes: 1, diskBytes: 1 }), block(6), block(9, { heapBytes: 90e6 }), block(12, last)],
  minutes: 1,
  startMs: { empty: 900, after: 1000 },
  startCpuMs: 500,
  ...more
})
const missed = (seen: Soak) => verdictsOf(seen).flatMap(({ what, met }) => (met ? [] : [what]))

void t.test('what stays as it was, or is up to a tenth more, has not grown', (t) => {
  t.strictSame(missed(soak({})), [])
  t.strictSame(missed(soak({ heapBytes: 65e6, diskBytes: 21e6, times: [11] })), [])
  t.strictSame(missed(soak({ times: [20], laps: [10] })), [], 'a machine that is slower for both')
  t.end()
})

void t.test('what is more than a tenth more has grown, and the page says so', (t) => {
  t.strictSame(missed(soak({ heapBytes: 67e6 })), ['memory after a collection'])
  t.strictSame(missed(soak({ diskBytes: 23e6 })), ['disk'])
  t.strictSame(missed(soak({ times: [20, 21, 22] })), ['latency, p50, to that'])
  t.strictSame(missed(soak({}, { startMs: { empty: 900, after: 2100 } })), ['restart'])
  t.match(
    soakText(soak({ diskBytes: 23e6 }))
      .split('\n')
      .find((line) => line.includes('disk')),
    /15 % \| \*\*missed\*\*/
  )
  t.end()
})

void t.test('a run of one block has shown nothing', (t) => {
  t.strictSame(missed(soak({}, { blocks: [block(3)] })), ['enough stories'])
  t.strictSame(missed(soak({}, { blocks: [block(3), block(6)] })), ['enough stories'])
  t.end()
})
