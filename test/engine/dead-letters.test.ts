import t from 'tap'
import { problem } from '../../shared/contracts/problem.ts'
import { virtualClock } from '../../shared/engine/clock.ts'
import { jsonCodec } from '../../shared/engine/codec.ts'
import { Engine } from '../../shared/engine/engine.ts'
import { Journal } from '../../shared/engine/journal.ts'
import { DEFAULT_RETENTION } from '../../shared/engine/retention.ts'
import { becameOf } from '../../shared/trace/became.ts'
import { entryLine, type WireEntry } from '../../shared/trace/entry.ts'
import { isUnder } from '../../shared/contracts/event-id.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { keepingStore, type KeepingStore } from './keeping-store.ts'
import { PING_ACCEPTS, PING_TYPES, vmmModel, type Sums } from '../support/ping.ts'

const REFUSED: Reply = { kind: 'refused', journalled: false, problem: problem('field-invalid', 'no such value') }
const GIVEN_UP: Reply = {
  kind: 'refused',
  journalled: false,
  problem: problem('neighbour-refused', 'it fails'),
  tries: 7
}
const ACCEPTED: Reply = { kind: 'accepted', journalled: true, id: '', seq: 0 }

interface Sent {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
}

/** A vmm whose neighbours answer when the test says so. */
function vmm({ store = keepingStore(), entries = DEFAULT_RETENTION.entries, limit }: Options = {}) {
  const sent: Sent[] = []
  const clock = virtualClock()
  const journal = new Journal('vmm')
  const transport: Transport = {
    deliver(message, done) {
      sent.push({ message, done })
      return () => undefined
    },
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
  const faults: string[] = []
  const model = vmmModel(limit)
  const engine = new Engine({
    model,
    accepts: PING_ACCEPTS.vmm ?? [],
    sends: PING_TYPES,
    clock,
    store,
    transport,
    journal,
    positions: journal,
    retention: { ...DEFAULT_RETENTION, entries },
    codec: jsonCodec,
    repeats: true,
    fault: (error) => void faults.push(String(error))
  })
  engine.start(['m0', 'm1'])
  const accept = (type: string, id: string, json: unknown, machine = 'm0') => {
    let reply: Reply | undefined
    const parsed = engine.parse(type, json)
    if (parsed === undefined || 'error' in parsed) throw new Error(`no ${type}`)
    engine.accept({ machine, id, type, from: 'outside', json, data: parsed.value }, (told) => (reply = told))
    return () => reply
  }
  const state = (machine = 'm0') => model.view(engine.state(machine)?.state as never) as Sums
  const refusals = () =>
    journal.following('m0', { take: () => true } as never, 1000).filter(({ kind }) => kind === 'refusal')
  const written = () =>
    journal
      .following('m0', { take: () => true } as never, 1000)
      .map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
  return { engine, store, clock, sent, accept, state, faults, refusals, written }
}
interface Options {
  readonly store?: KeepingStore
  readonly entries?: number
  readonly limit?: { deadlineMs: number; fallback: { value: bigint } }
}

const add = (value: string) => ({ name: 'a', value })
/** Answers the oldest message that has no answer. */
const answer = (sent: Sent[], reply: Reply) => sent.shift()?.done(reply)

void t.test(
  'a message that its receiver refuses is a dead letter of its sender, and nothing waits for it',
  async (t) => {
    const { engine, sent, accept, refusals } = vmm()
    accept('sum.add', 'first', add('0x1'))
    accept('sum.add', 'second', add('0x2'))

    answer(sent, REFUSED)
    answer(sent, ACCEPTED)

    t.match(engine.deadLetters.list(), {
      count: 1,
      discarded: 0,
      letters: [
        {
          machine: 'm0',
          id: 'first.2',
          kind: 'message',
          from: 'vmm',
          to: 'guest',
          type: 'guest.seen',
          data: { value: '0x1' },
          reason: { code: 'field-invalid', detail: 'no such value' },
          tries: 1,
          cause: 'first'
        }
      ]
    })
    t.match(refusals(), [{ id: 'first.2', to: 'guest', data: { code: 'field-invalid' } }])
    t.match(engine.standing.quiescence('m0'), {
      sent: 2,
      delivered: 1,
      dead: 1,
      waits: [{ for: 'dead-letter', id: 'first.2', type: 'guest.seen', to: 'guest' }]
    })
  }
)

void t.test(
  'a refusal by a receiver that is in no state for the message is what came of it, and no letter',
  async (t) => {
    const { engine, sent, accept, refusals } = vmm()
    accept('sum.add', 'first', add('0x1'))

    answer(sent, { kind: 'refused', journalled: false, problem: problem('kernel-panicked', 'it does nothing more') })

    t.equal(engine.deadLetters.count().count, 0)
    t.match(refusals(), [{ id: 'first.2', data: { code: 'kernel-panicked' } }])
  }
)

void t.test(
  'what was refused is sent again under an id of its own, since its receiver remembers the refusal',
  async (t) => {
    const { engine, sent, accept, refusals } = vmm()
    accept('sum.add', 'first', add('0x1'))
    answer(sent, REFUSED)
    const [letter] = engine.deadLetters.find('first.2')
    if (letter === undefined) throw new Error('there is no letter')

    t.ok(engine.deadLetters.retry(letter))
    t.notOk(engine.deadLetters.retry(letter), 'it is under way')
    t.match(sent, [{ message: { id: 'first.2.r1', machine: 'm0', data: { value: '0x1' }, cause: 'first' } }])
    answer(sent, REFUSED)
    t.match(engine.deadLetters.list().letters, [{ id: 'first.2', tries: 2, refusals: 2 }])
    engine.deadLetters.retry(letter)
    t.match(sent, [{ message: { id: 'first.2.r2' } }])
    answer(sent, ACCEPTED)

    t.strictSame(engine.deadLetters.list(), { count: 0, bytes: 0, discarded: 0, letters: [] })
    t.strictSame(
      refusals().map(({ id }) => id),
      ['first.2', 'first.2.r1']
    )
  }
)

void t.test('what nobody took keeps its id, since somebody may have', async (t) => {
  const { engine, sent, accept } = vmm()
  accept('sum.add', 'first', add('0x1'))
  answer(sent, GIVEN_UP)
  const [letter] = engine.deadLetters.find('first.2', 'm0')
  t.match(letter, { tries: 7, refusals: 0 })

  engine.deadLetters.retry(letter!)

  t.match(sent, [{ message: { id: 'first.2' } }])
})

void t.test('a message whose letter was taken in the end is settled, under its own id and under another', async (t) => {
  for (const [first, id] of [
    [GIVEN_UP, 'first.2'],
    [REFUSED, 'first.2.r1']
  ] as const) {
    const { engine, sent, accept, written } = vmm()
    const became = () => {
      const waits = engine.standing.waits('m0', (one) => isUnder(one, 'first'))
      return becameOf('first', { entries: written(), waits, stopped: [], silent: [] })?.became
    }
    accept('sum.add', 'first', add('0x1'))
    answer(sent, first)
    t.equal(became(), 'dead-letter')

    engine.deadLetters.retry(engine.deadLetters.find('first.2')[0]!)
    t.match(sent, [{ message: { id } }])
    // Its receiver keeps no journal.
    answer(sent, { ...ACCEPTED, journalled: false })

    t.equal(became(), 'settled', id)
  }
})

void t.test('what its receiver took before it refused it stays refused; what another refused for it does not', (t) => {
  const entry = (seq: number, layer: 'guest' | 'vmm', kind: WireEntry['kind']): WireEntry => {
    const data = kind === 'refusal' ? { code: 'field-invalid', detail: 'no' } : {}
    return { seq, time: seq, machine: 'm0', layer, kind, id: 'a.1', type: 'guest.seen', from: 'vmm', to: 'guest', data }
  }
  const became = (entries: readonly WireEntry[]) =>
    becameOf('a.1', { entries, waits: [], stopped: [], silent: [] })?.became

  t.equal(became([entry(1, 'guest', 'message'), entry(2, 'guest', 'refusal')]), 'refused')
  t.equal(became([entry(9, 'vmm', 'refusal'), entry(1, 'guest', 'message')]), 'settled')
  t.end()
})

void t.test('a question that is given up waits for a person: it is asked again, or refused', async (t) => {
  const { engine, sent, accept, state } = vmm()
  const first = accept('number.double', 'a', { value: '0x1' })
  const second = accept('number.double', 'a', { value: '0x2' }, 'm1')
  answer(sent, GIVEN_UP)
  answer(sent, GIVEN_UP)
  t.match(engine.standing.quiescence('m0'), { waitingAsks: 0, waits: [{ for: 'dead-letter', to: 'policy' }] })
  const [one, two] = engine.deadLetters.find('a.1')
  t.match([one, two], [{ kind: 'question' }, { kind: 'question' }])

  engine.deadLetters.retry(one!)
  t.match(sent, [{ message: { id: 'a.1' } }])
  answer(sent, { kind: 'answered', journalled: true, answer: { value: '0x2' } })
  engine.deadLetters.drop(two!)

  t.match(first(), { kind: 'answered', answer: { value: '0x2' } })
  t.match(second(), { kind: 'answered', answer: { refused: { code: 'neighbour-refused', detail: 'it fails' } } })
  t.strictSame(state().doubled, [2n])
  t.equal(engine.deadLetters.count().count, 0)
})

void t.test(
  'a message whose handler asked what was given up has ended there; one behind it waits for that handler',
  async (t) => {
    const { engine, sent, accept, written } = vmm()
    accept('number.double', 'asks', { value: '0x1' })
    accept('sum.add', 'behind', add('0x1'))
    const became = (id: string) => {
      const waits = engine.standing.waits('m0', (one) => isUnder(one, id))
      return becameOf(id, { entries: written(), waits, stopped: [], silent: [] })
    }
    t.match(became('asks'), { became: 'under-way' })

    answer(sent, GIVEN_UP)

    t.match(became('asks'), {
      became: 'dead-letter',
      waits: [{ for: 'dead-letter', id: 'asks.1' }, { for: 'handler' }]
    })
    t.match(became('behind'), {
      became: 'dead-letter',
      waits: [
        { for: 'dead-letter', id: 'asks.1', holds: true },
        { for: 'handler', id: 'behind' }
      ]
    })
  }
)

void t.test('a question with a deadline has its fallback, whether it was given up or not', async (t) => {
  const { engine, clock, sent, accept } = vmm({ limit: { deadlineMs: 50, fallback: { value: 99n } } })
  const reply = accept('number.double', 'a', { value: '0x1' })
  answer(sent, GIVEN_UP)
  t.equal(engine.deadLetters.count().count, 1)

  clock.advance(50e6)

  t.match(reply(), { kind: 'answered', answer: { value: '0x63' } })
  t.equal(engine.deadLetters.count().count, 0)
})

void t.test('a letter that holds its machine is told from one that does not', async (t) => {
  const { engine, sent, accept } = vmm()
  accept('sum.add', 'message', add('0x1'))
  answer(sent, REFUSED)
  t.match(engine.standing.quiescence('m0')?.waits, [{ for: 'dead-letter', id: 'message.2', because: 'no such value' }])
  t.strictSame(engine.deadLetters.holding(), [])

  accept('number.double', 'question', { value: '0x1' })
  answer(sent, GIVEN_UP)

  t.match(engine.standing.quiescence('m0')?.waits, [{ id: 'question.1', holds: true }, { id: 'message.2' }])
  t.strictSame(engine.deadLetters.holding(), [
    {
      machine: 'm0',
      layer: 'vmm',
      id: 'question.1',
      type: 'policy.twice',
      to: 'policy',
      because: 'it fails',
      todo: 'at vmm, POST /v1/dead-letters/question.1/retry?machine=m0 sends it again, DELETE /v1/dead-letters/question.1?machine=m0 takes it for refused'
    }
  ])
})

void t.test('a machine is not at rest while a letter is sent again', async (t) => {
  const { engine, sent, accept } = vmm()
  accept('sum.add', 'message', add('0x1'))
  answer(sent, REFUSED)
  accept('number.double', 'question', { value: '0x1' })
  answer(sent, GIVEN_UP)
  t.match(engine.standing.quiescence('m0'), { sent: 2, delivered: 0, dead: 2, waitingAsks: 0 })

  for (const letter of engine.deadLetters.list().letters) engine.deadLetters.retry(letter)

  t.strictSame(engine.deadLetters.holding(), [])
  t.match(engine.standing.quiescence('m0'), {
    sent: 2,
    delivered: 0,
    dead: 0,
    waitingAsks: 1,
    waits: [
      { for: 'answer', id: 'question.1' },
      { for: 'delivery', id: 'message.2' }
    ]
  })
  answer(sent, REFUSED)
  answer(sent, GIVEN_UP)
  t.match(engine.standing.quiescence('m0'), { sent: 2, delivered: 0, dead: 2, waitingAsks: 0 })
  t.equal(engine.deadLetters.holding().length, 1)
})

void t.test(
  'what was sent has arrived, waits or is dead: a letter arrives when it is taken, one that is dropped never',
  async (t) => {
    for (const entries of [DEFAULT_RETENTION.entries, 1]) {
      const first = vmm({ entries })
      for (const id of ['taken', 'dropped', 'left']) {
        first.accept('sum.add', id, add('0x1'))
        answer(first.sent, REFUSED)
      }
      first.accept('sum.add', 'arrived', add('0x1'))
      answer(first.sent, ACCEPTED)
      t.match(first.engine.standing.quiescence('m0'), { sent: 4, delivered: 1, dead: 3 })

      first.engine.deadLetters.retry(first.engine.deadLetters.find('taken.2')[0]!)
      t.match(first.engine.standing.quiescence('m0'), { sent: 4, delivered: 1, dead: 2 })
      answer(first.sent, ACCEPTED)
      first.engine.deadLetters.drop(first.engine.deadLetters.find('dropped.2')[0]!)
      const told = { sent: 4, delivered: 2, dead: 2 }
      t.match(first.engine.standing.quiescence('m0'), told)

      const { engine } = vmm({ store: first.store.afterCrash(), entries })
      t.match(
        engine.standing.quiescence('m0'),
        told,
        `after a restart, ${entries === 1 ? 'from a snapshot' : 'from its inputs'}`
      )
    }
  }
)

void t.test('nor while a question that was given up has its fallback before it', async (t) => {
  const { engine, clock, sent, accept } = vmm({ limit: { deadlineMs: 50, fallback: { value: 99n } } })
  accept('number.double', 'a', { value: '0x1' })
  answer(sent, GIVEN_UP)

  t.match(engine.standing.quiescence('m0'), {
    sent: 1,
    delivered: 0,
    waitingAsks: 1,
    waits: [{ for: 'answer', id: 'a.1' }, {}]
  })
  t.strictSame(engine.deadLetters.holding(), [])
  clock.advance(50e6)
  t.match(engine.standing.quiescence('m0'), { sent: 1, delivered: 1, waitingAsks: 0, waits: [] })
})

for (const entries of [DEFAULT_RETENTION.entries, 1]) {
  const how = entries === 1 ? ', though a snapshot stands in place of what led to them' : ''
  void t.test(`letters are there after a crash${how}`, async (t) => {
    const first = vmm({ entries })
    first.accept('sum.add', 'first', add('0x1'))
    first.accept('sum.add', 'gone', add('0x3'))
    first.accept('number.double', 'asked', { value: '0x1' })
    answer(first.sent, REFUSED)
    answer(first.sent, REFUSED)
    answer(first.sent, GIVEN_UP)
    const [gone] = first.engine.deadLetters.find('gone.2')
    first.engine.deadLetters.drop(gone!)
    const before = first.engine.deadLetters.list()
    t.equal(before.count, 2)

    const second = vmm({ store: first.store.afterCrash(), entries })

    t.strictSame(second.engine.deadLetters.list(), before)
    t.strictSame(second.sent, [], 'nobody is asked or sent anything again by itself')
    const [, question] = before.letters
    second.engine.deadLetters.retry(question!)
    answer(second.sent, { kind: 'answered', journalled: true, answer: { value: '0x2' } })
    t.strictSame(second.state().doubled, [2n])
    t.match(vmm({ store: second.store.afterCrash() }).engine.deadLetters.list(), { count: 1 })
  })
}

void t.test('a deadline goes on over a restart', async (t) => {
  const limit = { deadlineMs: 50, fallback: { value: 99n } }
  const first = vmm({ limit })
  first.accept('number.double', 'a', { value: '0x1' })
  // A machine that goes on tells the second run how late it is.
  first.clock.advance(30e6)
  first.accept('sum.add', 'b', add('0x1'), 'm1')

  const second = vmm({ store: first.store.afterCrash(), limit })
  second.clock.advance(40e6)
  t.strictSame(second.state().doubled, [])
  second.clock.advance(10e6)

  t.strictSame(second.state().doubled, [99n])
})

void t.test('of too many letters the oldest goes, and that is said', async (t) => {
  const { engine, sent, accept, faults } = vmm()
  for (let i = 0; i < 1001; i++) {
    accept('sum.add', `n${i}`, add('0x1'))
    answer(sent, REFUSED)
  }

  t.match(engine.deadLetters.count(), { count: 1000, discarded: 1 })
  t.match(faults, [/too many: n0\.2, a guest\.seen to guest, is gone/])
})

void t.test('a deleted machine leaves no letters', async (t) => {
  const { engine, sent, accept } = vmm()
  accept('sum.add', 'first', add('0x1'))
  answer(sent, REFUSED)

  engine.delete('m0', () => undefined)

  t.strictSame(engine.deadLetters.list(), { count: 0, bytes: 0, discarded: 0, letters: [] })
})
