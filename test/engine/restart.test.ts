import fc from 'fast-check'
import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { jsonCodec } from '../../shared/engine/codec.ts'
import type { Incoming } from '../../shared/engine/accepted.ts'
import { Engine } from '../../shared/engine/engine.ts'
import { Journal } from '../../shared/engine/journal.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { DEFAULT_RETENTION } from '../../shared/engine/retention.ts'
import type { Store } from '../../shared/engine/store.ts'
import { ask, journalOf, until } from '../service/http.ts'
import { keepingStore } from './keeping-store.ts'
import { PING_ACCEPTS, PING_TYPES, vmmModel, type Sums } from '../support/ping.ts'
import { guestService, listening, transportOf, policyService, vmmService } from '../service/ping-service.ts'

const M = '/v1/machines/m0'

void t.test('after a restart state, journal, ids, answers and timers are as before', async (t) => {
  const directory = t.testdir()
  const policy = policyService()
  const guest = guestService()
  const urls = { policy: await listening(policy), guest: await listening(guest) }
  t.teardown(() => Promise.all([policy.close(), guest.close()]))
  const start = (clock = virtualClock()) =>
    vmmService({ clock, store: sqliteStore(directory, 'vmm', 0), transport: transportOf('vmm', urls) })
  const key = { 'idempotency-key': 'asked' }

  const first = start()
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x3' })
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x0' })
  await ask(first, 'POST', `${M}/doubles`, { value: '0x15' }, key)
  await ask(first, 'POST', `${M}/timers`, { afterNs: 5000 })
  await ask(first, 'PUT', '/v1/machines/m1')
  await until(urls.guest, ({ type }) => type === 'guest.seen')
  const before = { sums: (await ask(first, 'GET', `${M}/sums`)).json, journal: await journalOf(first) }
  await first.close()

  const clock = virtualClock()
  const second = start(clock)
  t.teardown(() => second.close())
  t.strictSame({ sums: (await ask(second, 'GET', `${M}/sums`)).json, journal: await journalOf(second) }, before)
  t.strictSame((await ask(second, 'GET', '/v1/machines')).json, { machines: ['m0', 'm1'] })
  t.strictSame((await ask(second, 'POST', `${M}/doubles`, { value: '0x15' }, key)).json, { value: '0x2a' }, 'a repeat')
  t.strictSame((await ask(second, 'POST', `${M}/sums/a`, { value: '0x1' })).json, { id: 'm0-vmm-4' }, 'no id twice')
  clock.advance(5000)
  await turn()
  t.match((await ask(second, 'GET', `${M}/sums`)).json, { total: '0x9' }, 'the timer fired')
  const seen = (await journalOf(guest)).filter(({ type }) => type === 'guest.seen').map(({ id }) => id)
  t.equal(new Set(seen).size, seen.length)
})

void t.test('a question that was open when the service stopped is asked again', async (t) => {
  const directory = t.testdir()
  const first = vmmService({
    store: sqliteStore(directory, 'vmm'),
    transport: transportOf('vmm', { policy: 'http://127.0.0.1:9' })
  })
  const url = await listening(first)
  const lost = fetch(`${url}${M}/doubles`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'q' },
    body: '{"value":"0x4"}'
  })
  await until(url, ({ id }) => id === 'q')
  await Promise.all([first.close(), t.rejects(lost)])

  const policy = policyService()
  const second = vmmService({
    store: sqliteStore(directory, 'vmm'),
    transport: transportOf('vmm', { policy: await listening(policy) })
  })
  t.teardown(() => Promise.all([second.close(), policy.close()]))

  const answer = await ask(second, 'POST', `${M}/doubles`, { value: '0x4' }, { 'idempotency-key': 'q' })
  t.match(answer, { status: 200, json: { value: '0x8' } })
  t.match((await ask(second, 'GET', `${M}/sums`)).json, { doubled: ['0x8'] })
})

void t.test('a store belongs to one service at a time', async (t) => {
  const directory = t.testdir()
  const first = sqliteStore(directory, 'vmm')
  first.append({
    form: 'wire',
    machine: 'm0',
    id: 'a',
    type: 'x',
    from: 'outside',
    cause: undefined,
    time: 1,
    data: {}
  })
  first.flush()

  t.throws(() => sqliteStore(directory, 'vmm'), /locked/)
  first.close()
  const again = sqliteStore(directory, 'vmm')
  t.strictSame(
    [...again.inputs()].map(({ id }) => id),
    ['a']
  )
  again.close()
})

/** Two neighbours as they are: they drop repeats, and may be slow to say that they have something. */
class Others {
  readonly seen: string[] = []
  #late: (() => void)[] = []

  deliver({ id, message, data }: Outgoing, done: (reply: Reply) => void): () => void {
    if (message.to === 'guest' && !this.seen.includes(id)) this.seen.push(id)
    const { value } = data as { value: string }
    const answer = { value: `0x${(BigInt(value) * 2n).toString(16)}` }
    this.#late.push(() =>
      done(
        message.to === 'guest'
          ? { kind: 'accepted', journalled: true, id, seq: 0 }
          : { kind: 'answered', journalled: true, answer }
      )
    )
    return () => undefined
  }

  /** The first `count` of what was delivered is acknowledged. */
  acknowledge(count = Infinity): void {
    for (const done of this.#late.splice(0, count)) done()
  }

  /** Connections break: what was not acknowledged never will be. */
  disconnect(): void {
    this.#late = []
  }
}

/** An engine on a store. When it has died nothing leaves it any more, as with a process that was killed. */
function engineOn(store: Store, others: Others, entries: number) {
  let alive = true
  const journal = new Journal('vmm')
  const fault = (error: unknown) => {
    throw error as Error
  }
  const transport: Transport = {
    deliver: (message, done) => (alive ? others.deliver(message, done) : () => undefined),
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
  const model = vmmModel()
  const accepts = PING_ACCEPTS.vmm ?? []
  const engine = new Engine({
    model,
    accepts,
    sends: PING_TYPES,
    clock: virtualClock(),
    store,
    transport,
    journal,
    positions: journal,
    retention: { ...DEFAULT_RETENTION, entries },
    codec: jsonCodec,
    gather: (flush) => void setImmediate(flush),
    repeats: true,
    fault
  })
  engine.start(['m0'])
  const accept = (message: Incoming, accepted: () => void) => engine.accept(message, () => alive && accepted())
  return { engine, journal, accept, die: () => (alive = false) }
}

/** A reader that was always there: what it has read of a journal, by positions, whatever engine wrote it. */
class AlwaysThere {
  readonly lines = new Map<number, string>()

  /** What is wrong with the journal, given what was read of it before. */
  read(journal: Journal): readonly string[] {
    const wrong: string[] = []
    for (const line of journal.reader({}).read().split('\n')) {
      const { seq, kind } = (line === '' ? { seq: 0, kind: 'gap' } : JSON.parse(line)) as { seq: number; kind: string }
      if (kind === 'gap') continue
      const before = this.lines.get(seq) ?? line
      if (before !== line) wrong.push(`${seq} was ${before}, and is ${line}`)
      this.lines.set(seq, line)
    }
    for (const [seq, line] of this.lines) {
      if (journal.at(seq) === undefined && seq > journal.lostUntil('m0')) wrong.push(`${line} is gone`)
    }
    return wrong
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

void t.test('whenever a service crashes, what it accepted took effect exactly once', async (t) => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'double', 'add'),
    value: fc.integer({ min: 1, max: 9 }),
    acknowledged: fc.nat(3),
    flushes: fc.boolean(),
    crashes: fc.boolean(),
    lostMarks: fc.nat(2)
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.constantFrom(1000, 0, 2, 5), async (steps, history) => {
      const others = new Others()
      const reader = new AlwaysThere()
      let store = keepingStore()
      let { engine, journal, accept, die } = engineOn(store, others, history)
      const accepted: string[] = []
      const offered: { id: string; kind: string; value: bigint }[] = []
      const offer = ({ id, kind, value }: (typeof offered)[number]) => {
        const data = kind === 'add' ? { name: 'a', value } : { value }
        const json = { ...data, value: `0x${value.toString(16)}` }
        const type = kind === 'add' ? 'sum.add' : 'number.double'
        accept({ machine: 'm0', id, type, from: 'outside', json, data }, () => accepted.push(id))
      }

      for (const [i, { kind, value, acknowledged, flushes, crashes, lostMarks }] of steps.entries()) {
        offered.push({ id: `k${i}`, kind, value: BigInt(value) })
        offer(offered[i]!)
        if (flushes) await turn()
        others.acknowledge(acknowledged)
        if (!crashes) continue
        t.strictSame(reader.read(journal), [])
        die()
        others.disconnect()
        store = store.afterCrash(lostMarks)
        ;({ engine, journal, accept, die } = engineOn(store, others, history))
        t.strictSame(reader.read(journal), [], 'what a reader has seen is still so')
        const kept = [...reader.lines.values()].join()
        for (const id of accepted) t.ok(kept.includes(`"id":"${id}"`), `${id} was accepted and is not lost`)
      }
      for (const one of offered) offer(one)
      for (let i = 0; i < 60; i++) {
        await turn()
        others.acknowledge()
      }

      const { total, count, doubled } = (engine.state('m0')?.state as { inner: Sums }).inner
      const adds = offered.filter(({ kind }) => kind === 'add')
      t.equal(count, adds.length)
      t.equal(
        total,
        adds.reduce((sum, { value }) => sum + value, 0n)
      )
      const doubles = offered.filter(({ kind }) => kind === 'double').map(({ value }) => value * 2n)
      t.strictSame(doubled.toSorted(), doubles.toSorted())
      t.strictSame(others.seen.toSorted(), adds.map(({ id }) => `${id}.2`).toSorted())
      t.strictSame(reader.read(journal), [])
      const ids = [...reader.lines.values()].map((line) => (JSON.parse(line) as { id: string }).id)
      t.equal(new Set(ids).size, ids.length, 'nothing is in the journal twice')
    }),
    { numRuns: 120 }
  )
})
