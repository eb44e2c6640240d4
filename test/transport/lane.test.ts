import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { problem, type ProblemCode } from '../../shared/contracts/problem.ts'
import { Lane } from '../../shared/transport/lane.ts'
import type { Passing } from '../../shared/transport/passing.ts'
import type { PatienceMs } from '../../shared/transport/patience.ts'
import type { Outgoing, Reply } from '../../shared/transport/transport.ts'
import { seen } from '../support/ping.ts'

const message = (id: string): Outgoing => ({
  machine: 'm0',
  id,
  message: seen,
  data: {},
  from: 'vmm',
  cause: undefined,
  timeMs: 0,
  traceparent: undefined
})
const ACCEPTED: Reply = { kind: 'accepted', journalled: true, id: '', seq: 0 }
const PASSING = {
  absent: 'machine-unknown',
  failing: 'neighbour-refused',
  busy: 'overloaded',
  unable: 'storage-failed'
} as const satisfies Record<Passing, ProblemCode>
const passing = (why: Passing, againMs?: number): Reply => ({
  kind: 'refused',
  journalled: false,
  problem: problem(PASSING[why], 'not now'),
  passing: why,
  ...(againMs === undefined ? {} : { againMs })
})

/** A lane to a receiver that answers as it is told to, and what became of the messages by then. */
function lane(answers: (id: string) => Reply | undefined, patience?: PatienceMs) {
  const clock = virtualClock()
  const tries: string[] = []
  const triedAtMs: number[] = []
  const ends = new Map<string, { reply: Reply; atMs: number }>()
  const sent = new Lane({
    timers: clock,
    patience,
    attempt: ({ id }, tried) => {
      tries.push(id)
      triedAtMs.push(clock.now() / 1e6)
      const stop = clock.setTimer(0, () => tried(answers(id)))
      return stop
    }
  })
  const send = (id: string) => sent.deliver(message(id), (reply) => ends.set(id, { reply, atMs: clock.now() / 1e6 }))
  return { clock, tries, triedAtMs, ends, send }
}

void t.test('a message that its receiver fails on for ever is given up, and the next one goes', async (t) => {
  const { clock, ends, send } = lane((id) => (id === 'poison' ? passing('failing') : ACCEPTED))
  send('poison')
  send('next')

  clock.advance(29e9)
  t.equal(ends.size, 0, 'in order: the next one waits')
  clock.advance(3e9)

  t.match(ends.get('poison')?.reply, { kind: 'refused', problem: { code: 'neighbour-refused' }, tries: Number })
  t.match(ends.get('next')?.reply, ACCEPTED)
})

void t.test('messages behind one that was given up are so after a few attempts, until one is taken', async (t) => {
  let isThere = false
  const { clock, tries, ends, send } = lane(() => (isThere ? ACCEPTED : passing('absent')))
  for (const id of ['a', 'b', 'c']) send(id)

  clock.advance(59e9)
  t.equal(ends.size, 0)
  clock.advance(5e9)
  t.strictSame([...ends.keys()], ['a', 'b', 'c'])
  t.equal(tries.filter((id) => id === 'c').length, 3)

  isThere = true
  send('d')
  clock.advance(1e9)
  isThere = false
  send('e')
  clock.advance(30e9)
  t.match(ends.get('d')?.reply, ACCEPTED)
  t.notOk(ends.has('e'), 'the machine may be on its way again')
})

void t.test('who is unreachable or can keep nothing is waited for without an end', async (t) => {
  for (const answer of [undefined, passing('unable')]) {
    let isWell = false
    const { clock, ends, send } = lane(() => (isWell ? ACCEPTED : answer))
    send('a')
    clock.advance(3600e9)
    t.equal(ends.size, 0)
    isWell = true
    clock.advance(1e9)
    t.match(ends.get('a')?.reply, ACCEPTED)
  }
})

void t.test('a receiver that has too much to do is waited for minutes, and then the message is given up', async (t) => {
  const { clock, ends, send } = lane((id) => (id === 'shed' ? passing('busy') : ACCEPTED))
  send('shed')
  send('next')

  clock.advance(599e9)
  t.equal(ends.size, 0)
  clock.advance(3e9)

  t.match(ends.get('shed')?.reply, {
    kind: 'refused',
    problem: { code: 'overloaded', detail: 'not now' },
    tries: Number
  })
  t.match(ends.get('next')?.reply, ACCEPTED)
})

void t.test('how long each of them is tried can be set, for ever too', async (t) => {
  const patience = { absent: 1000, failing: Infinity, busy: 2000 }
  for (const [why, givenUpMs] of [
    ['absent', 1000],
    ['busy', 2000]
  ] as const) {
    const { clock, ends, send } = lane(() => passing(why), patience)
    send('a')
    clock.advance(10e9)
    const atMs = ends.get('a')?.atMs ?? 0
    t.ok(atMs >= givenUpMs && atMs < givenUpMs + 600, `${why}: ${atMs} ms`)
  }
  const { clock, ends, send } = lane(() => passing('failing'), patience)
  send('a')
  clock.advance(3600e9)
  t.equal(ends.size, 0)
})

void t.test(
  'a receiver that says when to come again is not tried before, and then as it is without that',
  async (t) => {
    const answers = [
      passing('busy', 1000),
      passing('failing', 3000),
      passing('unable', 500),
      passing('busy'),
      passing('busy', 0)
    ]
    const { clock, triedAtMs, ends, send } = lane(() => answers.shift() ?? ACCEPTED)
    send('a')

    clock.advance(10e9)

    t.strictSame(triedAtMs, [0, 1000, 4000, 4500, 4580, 4740])
    t.match(ends.get('a')?.reply, ACCEPTED)
  }
)

void t.test(
  'however late a receiver asks to be tried again, a message is given up when its time is over',
  async (t) => {
    const patience = { absent: 1000, failing: 1000, busy: 5000 }
    const { clock, triedAtMs, ends, send } = lane(() => passing('busy', 3_600_000), patience)
    send('a')

    clock.advance(20e9)

    t.strictSame(triedAtMs, [0, 5000], 'once more at its end')
    t.match(ends.get('a'), { reply: { kind: 'refused', problem: { code: 'overloaded' }, tries: 2 }, atMs: 5000 })
  }
)

void t.test('who is waited for without an end is tried every ten minutes at least, whatever it asks for', async (t) => {
  for (const [why, patience] of [
    ['unable', undefined],
    ['busy', { absent: Infinity, failing: Infinity, busy: Infinity }]
  ] as const) {
    const { clock, triedAtMs, send } = lane(() => passing(why, Number.MAX_VALUE), patience)
    send('a')
    clock.advance(1800e9)
    t.strictSame(triedAtMs, [0, 600_000, 1_200_000, 1_800_000])
  }
})
