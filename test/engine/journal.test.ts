import { once } from 'node:events'
import t from 'tap'
import { realClock } from '../../shared/engine/clock.ts'
import type { Draft, Entry } from '../../shared/trace/entry.ts'
import { Journal } from '../../shared/engine/journal.ts'
import { journalStream } from '../../shared/service/journal-stream.ts'
import { ask, journalOf } from '../service/http.ts'
import { vmmService } from '../service/ping-service.ts'

const draft = (n: number, machine = 'm0'): Draft => ({
  seq: 0,
  time: n,
  machine,
  layer: 'vmm',
  kind: 'note',
  id: `n.${n}`,
  cause: 'n',
  type: 'some.thing',
  from: 'vmm',
  to: 'vmm',
  data: { value: BigInt(n) }
})
const filled = (count: number, entries?: number) => {
  const journal = new Journal('vmm', entries === undefined ? {} : { entries })
  for (let n = 1; n <= count; n++) journal.append(draft(n, n % 2 === 0 ? 'm0' : 'm1'))
  return journal
}
const entriesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry)

void t.test('a reader goes on where it says it was', async (t) => {
  const journal = filled(5)

  const read = (reading: object) => entriesOf(journal.reader(reading).read()).map(({ seq }) => seq)

  t.strictSame(read({}), [1, 2, 3, 4, 5])
  t.strictSame(read({ after: 3 }), [4, 5])
  t.strictSame(read({ after: 5 }), [])
  t.strictSame(read({ after: 99 }), [], 'a place that was never reached is the end')
  t.strictSame(read({ after: 1, limit: 2 }), [2, 3])
  t.strictSame(read({ machine: ['m0'] }), [2, 4])
})

void t.test('old entries are dropped, and whoever missed them is told where it goes on', async (t) => {
  const journal = filled(10_000, 100)

  const [gap, next] = entriesOf(journal.reader({ after: 7 }).read())

  t.match(gap, { seq: 9900, kind: 'gap', data: { after: 7, continues: 9901 } })
  t.equal(next?.seq, 9901)
  t.match(
    entriesOf(journal.reader({}).read())[0],
    { kind: 'gap', data: { after: 0, continues: 9901 } },
    'who asks for no place asks for all'
  )
  t.equal(journal.at(9900), undefined)
  t.match(journal.at(9950), { seq: 9950, time: 9950 })
})

void t.test('a reader that is overtaken while it reads is told too', async (t) => {
  const journal = filled(10, 10)
  const reader = journal.reader({ after: 0 })
  reader.read()
  for (let n = 11; n <= 40; n++) journal.append(draft(n))

  const entries = entriesOf(reader.read())

  t.match(entries[0], { kind: 'gap', data: { after: 10, continues: 31 } })
  t.equal(entries.length, 11)
})

void t.test('of one machine a reader is told only of what is gone of that one', async (t) => {
  const journal = new Journal('vmm', { entries: 10 })
  for (let n = 1; n <= 20; n++) journal.append(draft(n, n <= 5 ? 'm0' : 'm1'))

  const first = (reading: object) => entriesOf(journal.reader(reading).read())[0]

  t.match(first({ machine: ['m0'] }), { kind: 'gap', machine: 'm0', data: { after: 0, continues: 6 } })
  t.equal(first({ machine: ['m0'], after: 5 }), undefined, 'all that is gone lies before its place')
  t.match(first({ machine: ['m1'], after: 6 }), { kind: 'gap', data: { after: 6, continues: 11 } })
  t.match(first({ machine: ['m1'], after: 10 }), { kind: 'note', seq: 11 })
})

void t.test('what takes too many bytes or happened too long ago is dropped, and the newest entry never', async (t) => {
  const large = (n: number): Draft => ({ ...draft(n), data: { text: 'x'.repeat(10_000) } })
  const byBytes = new Journal('vmm', { bytes: 50_000 })
  for (let n = 1; n <= 20; n++) byBytes.append(large(n))
  t.equal(byBytes.size, 4)
  t.ok(byBytes.bytes <= 50_000)
  t.equal(byBytes.lostUntil(), 16)
  byBytes.append({ ...draft(21), data: { text: 'x'.repeat(100_000) } })
  t.equal(byBytes.size, 1)

  const byAge = new Journal('vmm', { ageNs: 10 })
  for (let n = 1; n <= 20; n++) byAge.append(draft(n * 2))
  t.equal(byAge.first, 15)
  byAge.append(draft(1000))
  t.equal(byAge.first, 21)
})

void t.test('positions without an entry are passed over, and who may miss something there is told', async (t) => {
  const journal = new Journal('vmm')
  for (const seq of [5, 6, 10, 11, 20]) {
    journal.skip(seq - 1)
    journal.append(draft(seq))
  }
  journal.lose(9, 'm0')
  const reader = journal.reader({ after: 5 })

  const read = (reading: object) => entriesOf(journal.reader(reading).read()).map(({ seq, kind }) => `${seq} ${kind}`)

  t.strictSame(read({ after: 3 }), ['4 gap', '5 note', '6 note', '10 note', '11 note', '20 note'])
  t.strictSame(read({ after: 7 }), ['9 gap', '10 note', '11 note', '20 note'])
  t.strictSame(read({ after: 9 }), ['10 note', '11 note', '20 note'])
  t.strictSame(read({ machine: ['m1'] }), [])
  t.match(journal.at(10), { seq: 10 })
  t.equal(journal.at(12), undefined)
  t.equal(journal.last, 20)
  t.strictSame(
    entriesOf(reader.read()).map(({ seq }) => seq),
    [5, 6, 10, 11, 20],
    'a gap has the place before what follows it, so that a reader can go on from any line'
  )
  t.equal(reader.read(), '', 'a gap is told once')
})

void t.test('what machines have written that were deleted long ago is gone, however much room there is', async (t) => {
  const journal = new Journal('vmm')
  journal.append(draft(1, 'stays'))
  const sizes = new Set<number>()
  for (let n = 2; n <= 1000; n++) {
    journal.append(draft(n, `run-${n}`))
    journal.deleted(`run-${n}`)
    if (n > 100) sizes.add(journal.size)
  }

  t.ok(Math.max(...sizes) <= 33 && Math.min(...sizes) >= 17, [...sizes].join())
  t.strictSame(
    entriesOf(journal.reader({ machine: ['stays'] }).read()).map(({ seq }) => seq),
    [1],
    'nothing is missing of a machine that is there'
  )
  t.match(entriesOf(journal.reader({}).read())[0], { kind: 'gap' })
  t.equal(journal.at(1000)?.machine, 'run-1000')
})

void t.test('a machine of the name of a deleted one has none of its entries', async (t) => {
  const journal = filled(10)

  journal.deleted('m0')
  t.equal(entriesOf(journal.reader({ machine: ['m0'] }).read()).length, 5, 'they can be read meanwhile')
  journal.made('m0')
  journal.append(draft(11))

  t.strictSame(
    entriesOf(journal.reader({ machine: ['m0'] }).read()).map(({ seq }) => seq),
    [11]
  )
  t.match(entriesOf(journal.reader({}).read())[0], { kind: 'gap', data: { continues: 11 } })
  t.equal(journal.at(9)?.seq, 9)
})

void t.test('a slow reader makes nothing be read ahead of it', async (t) => {
  const journal = filled(50_000)
  const stream = journalStream(journal, { after: 0, follow: true })
  await once(stream, 'readable')

  t.ok(stream.readableLength < 200_000, `${stream.readableLength} characters are waiting for the reader`)
  stream.destroy()
})

void t.test('a follower gets what comes later, and its end when the journal closes', async (t) => {
  const journal = filled(1)
  const stream = journalStream(journal, { follow: true })
  let text = ''
  stream.on('data', (chunk: string) => {
    text += chunk
    if (text.endsWith('\n') && journal.last === 1) journal.append(draft(2))
    else journal.close()
  })

  await once(stream, 'end')

  t.strictSame(
    entriesOf(text).map(({ seq }) => seq),
    [1, 2]
  )
})

void t.test('a follower that leaves is forgotten', async (t) => {
  const journal = filled(1)
  const stream = journalStream(journal, { after: 1, follow: true })
  stream.resume()
  stream.read()
  await new Promise((resolve) => setImmediate(resolve))

  stream.destroy()
  await once(stream, 'close')
  journal.append(draft(2))

  t.equal(stream.destroyed, true)
})

void t.test('the journal of a service is NDJSON with wire values', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  await ask(app, 'POST', '/v1/machines/m0/sums/a', { value: '0x3' })

  const response = await app.inject('/v1/journal?after=1')

  t.match(response.headers['content-type'], /^application\/x-ndjson/)
  t.match(
    response.payload,
    /^\{"seq":2,"time":\d+,"machine":"m0","layer":"vmm","kind":"message","id":"m0-vmm-1","type":"sum\.add","from":"outside","to":"vmm","data":\{"value":"0x3","name":"a"\},"trace":"[\da-f]{32}","lane":\{"from":"outside","to":"vmm"\},"level":"story","mark":"call"\}\n/
  )
  t.strictSame((await journalOf(app, '?limit=1')).length, 1)
  t.match(await ask(app, 'GET', '/v1/journal?after=x'), { status: 422, json: { field: '/after' } })
  t.match(await ask(app, 'GET', '/v1/journal?folow=true'), { status: 422, json: { detail: /did you mean follow/ } })
})

void t.test('a real clock goes on from its epoch and never back', async (t) => {
  const clock = realClock(Date.now() - 5000)

  const first = clock.now()
  await new Promise<void>((resolve) => void clock.setTimer(2e6, resolve))

  t.ok(first >= 5e9 && first < 60e9)
  t.ok(clock.now() >= first + 2e6, 'a timer does not fire early')
  t.equal(Number.isInteger(first), true)
})

void t.test('a timer of a real clock that was cancelled does not fire', async (t) => {
  const clock = realClock()
  const cancel = clock.setTimer(0, () => t.fail('fired'))
  cancel()

  await new Promise<void>((resolve) => void clock.setTimer(2e6, resolve))

  t.pass('only the other one fired')
})
