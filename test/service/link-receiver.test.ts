import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { problem } from '../../shared/contracts/problem.ts'
import type { Incoming } from '../../shared/engine/accepted.ts'
import { LinkReceiver } from '../../shared/service/link-receiver.ts'
import { FRAME_MAX_BYTES, TEXT_MAX_BYTES } from '../../shared/transport/link-frames.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { seen } from '../support/ping.ts'

const MIB = 1_048_576

/** A receiver of the guest on a link of the VMM; the test is its socket, its engine and its time. */
function receiving(accept?: (message: Incoming, reply: (reply: Reply) => void) => void) {
  const clock = virtualClock()
  const taken: Incoming[] = []
  const replies: Record<string, unknown>[] = []
  const turns: (() => void)[] = []
  const socket = { isOpen: true, isPaused: false, buffered: 0, closed: [] as [number, string][], isTerminated: false }
  const receiver = new LinkReceiver({
    inbox: {
      parse: (type, json) => (type === seen.type ? wire(seen.data).parse(json) : undefined),
      accept(message, reply) {
        taken.push(message)
        if (accept === undefined) reply({ kind: 'accepted', journalled: true, id: message.id ?? '', seq: 1 })
        else accept(message, reply)
        return message.id ?? ''
      }
    },
    from: 'vmm',
    fault: (error) => void t.fail(String(error)),
    timers: clock,
    gather: (run) => run(),
    later: (run) => void turns.push(run),
    socket: {
      isOpen: () => socket.isOpen,
      send: (text) => {
        for (const line of text.split('\n')) replies.push(JSON.parse(line) as Record<string, unknown>)
      },
      close: (code, reason) => void socket.closed.push([code, reason]),
      terminate: () => void (socket.isTerminated = true),
      buffered: () => socket.buffered,
      pause: () => void (socket.isPaused = true),
      resume: () => void (socket.isPaused = false)
    }
  })
  /** Lets it work off what is left; how many turns that took. */
  const rest = () => {
    let count = 0
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift(), count++) turn()
    return count
  }
  return { receiver, clock, replies, rest, socket, ids: () => taken.map(({ id }) => id) }
}

const frame = (seq: number, id = `e${seq}`, event: object = {}, more: object = {}) =>
  JSON.stringify({
    seq,
    ...more,
    event: { id, source: '/vmm', type: 'guest.seen', subject: 'm0', data: { value: '0x1' }, ...event }
  })

void t.test('frames that come out of their order, or again, end the link', (t) => {
  for (const [seqs, why] of [
    [[2], 'seq 2 came behind 0'],
    [[1, 3], 'seq 3 came behind 1'],
    [[1, 2, 2], 'seq 2 came behind 2'],
    [[1, 2, 1], 'seq 1 came behind 2']
  ] as const) {
    const { receiver, socket, ids } = receiving()
    receiver.received([...seqs, 4].map((seq) => frame(seq)).join('\n'))

    t.strictSame(socket.closed, [[1002, why]])
    t.strictSame(
      ids(),
      seqs.slice(0, -1).map((seq) => `e${seq}`),
      'what came behind is not taken'
    )
  }
  t.end()
})

void t.test('what has no seq ends the link; what has one is refused with a problem', (t) => {
  for (const text of ['null', '[]', '{}', '{"seq":0}', '{"seq":"1"}', '{"seq":1.5}', '17', '', '{"seq":']) {
    const { receiver, socket } = receiving()
    receiver.received(text)
    t.match(socket.closed, [[1002, String]], text)
  }
  const { receiver, socket, replies, ids } = receiving()
  receiver.received('{"seq":1}')
  receiver.received(frame(2, 'b', { id: 7 }))
  receiver.received(frame(3))
  t.match(replies, [
    { seq: 1, journalled: false, problem: { code: 'field-missing', field: '/event' } },
    { seq: 2, problem: { code: 'field-invalid', field: '/event/id' } },
    { ack: 3 }
  ])
  t.strictSame([socket.closed, ids()], [[], ['e3']])
  t.end()
})

void t.test('no part of an envelope may be of any length, and what is refused is not repeated', (t) => {
  const long = 'x'.repeat(500_000)
  for (const event of [
    { causationid: long },
    { source: long },
    { type: long },
    { subject: long },
    { traceparent: long },
    { id: long },
    { data: { value: '0x1', [long]: 1 } },
    { data: { value: long } }
  ]) {
    const { receiver, replies, ids, socket } = receiving()
    receiver.received(frame(1, 'e1', event))

    const [name = ''] = Object.keys(event)
    t.match(replies, [{ seq: 1, problem: { code: String } }], name)
    t.ok(JSON.stringify(replies).length < 2000, `${name} is not repeated`)
    t.strictSame([ids(), socket.closed], [[], []])
  }
  t.end()
})

void t.test('a frame may have a MiB of data and no more, whatever came with it', (t) => {
  const { receiver, replies, rest, ids } = receiving()
  receiver.received(
    [frame(1, 'fits', { extra: 'x'.repeat(MIB) }), frame(2, 'long', { extra: 'x'.repeat(FRAME_MAX_BYTES) })].join('\n')
  )
  // In UTF-8 each of these has three bytes.
  receiver.received(frame(3, 'wide', { extra: '\u20ac'.repeat(FRAME_MAX_BYTES / 3) }))
  receiver.received(frame(4))
  rest()

  t.match(replies, [
    { ack: 1 },
    { seq: 2, problem: { code: 'body-too-large' } },
    { seq: 3, problem: { code: 'body-too-large' } },
    { ack: 4 }
  ])
  t.strictSame(ids(), ['fits', 'e4'])
  t.end()
})

void t.test('many frames are worked off in slices, in their order, and nothing is read meanwhile', (t) => {
  const { receiver, rest, socket, ids } = receiving()
  const all = Array.from({ length: 1000 }, (_, i) => `e${i + 1}`)

  receiver.received(
    all
      .slice(0, 900)
      .map((id, i) => frame(i + 1, id))
      .join('\n')
  )
  const first = ids().length
  t.ok(first > 0 && first < 300, 'others have their turn')
  t.ok(socket.isPaused)
  receiver.received(
    all
      .slice(900)
      .map((id, i) => frame(i + 901, id))
      .join('\n')
  )
  t.equal(ids().length, first, 'what was under way already waits behind them')
  const count = rest()

  t.strictSame(ids(), all)
  t.ok(count >= 3)
  t.notOk(socket.isPaused)
  t.end()
})

void t.test('from who does not read its replies nothing more is read, and after a while the link ends', (t) => {
  const { receiver, socket, clock } = receiving()
  socket.buffered = MIB + 1
  receiver.received(frame(1))
  t.ok(socket.isPaused)

  socket.buffered = 0
  receiver.looked()
  t.notOk(socket.isPaused, 'it has read them')
  clock.advance(60e9)
  t.strictSame(socket.closed, [])

  socket.buffered = MIB + 1
  receiver.received(frame(2))
  clock.advance(30e9)
  t.strictSame(socket.closed, [[1008, 'the replies are not read']])
  t.ok(socket.isTerminated)
  t.end()
})

void t.test('who asks more than 4096 questions and waits for all of them loses the link', (t) => {
  const { receiver, socket, rest } = receiving(() => undefined)
  receiver.received(Array.from({ length: 5000 }, (_, i) => frame(i + 1)).join('\n'))
  rest()

  t.strictSame(socket.closed, [[1008, '4096 frames are without a reply']])
  t.end()
})

void t.test('an answer that is too long for a link is a problem, not a break for ever', (t) => {
  const answer = 'x'.repeat(TEXT_MAX_BYTES)
  const { receiver, replies } = receiving((_message, reply) => reply({ kind: 'answered', journalled: true, answer }))
  receiver.received(frame(1))

  t.match(replies, [{ seq: 1, journalled: true, problem: { code: 'answer-invalid', detail: /over the limit/ } }])
  t.end()
})

void t.test('what comes behind a message that cannot be taken for now waits for it', (t) => {
  let isThere = false
  const unknown = problem('machine-unknown', 'there is no machine m0')
  const { receiver, replies, ids } = receiving(({ id = '' }, reply) =>
    reply(
      isThere
        ? { kind: 'accepted', journalled: true, id, seq: 1 }
        : { kind: 'refused', journalled: false, problem: unknown }
    )
  )
  receiver.received(frame(1, 'a'))
  isThere = true
  receiver.received(frame(2, 'b'))
  receiver.received(frame(3, 'other', { subject: 'm1' }))
  receiver.received([frame(4, 'a', {}, { resumes: true }), frame(5, 'b')].join('\n'))

  t.match(replies, [
    { seq: 1, problem: { code: 'machine-unknown' } },
    { seq: 2, problem: { code: 'machine-unknown' } },
    { ack: 3 },
    { ack: 4 },
    { ack: 5 }
  ])
  t.strictSame(ids(), ['a', 'other', 'a', 'b'], 'b did not overtake a')
  t.end()
})

void t.test('the events of a link are those of the layer that opened it', (t) => {
  const { receiver, replies, ids } = receiving()
  receiver.received(frame(1, 'a', { source: '/hardware' }))

  t.match(replies, [{ seq: 1, problem: { code: 'field-invalid', field: '/event/source' } }])
  t.strictSame(ids(), [])
  t.end()
})
