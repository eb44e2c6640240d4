import t from 'tap'
import { FRAME_MAX_BYTES, TEXT_MAX_BYTES } from '../../shared/transport/link-frames.ts'
import { guestHello, linksByHand, toGuest, toPolicy } from './link-peers.ts'

/** The frames of all texts that were sent, and their ids. */
const framesIn = (texts: readonly string[]) =>
  texts.flatMap((text) =>
    text.split('\n').map((line) => JSON.parse(line) as { seq: number; resumes?: boolean; event: { id: string } })
  )
const idsIn = (texts: readonly string[]) => framesIn(texts).map(({ event }) => event.id)

void t.test('frames are numbered from 1 on each link, and what has no reply is sent again in its order', (t) => {
  const { send, last, clock, replies } = linksByHand()
  for (const id of ['a', 'b', 'c']) send(toGuest(id))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')
  t.strictSame(
    framesIn(last().sent).map(({ seq, event }) => [seq, event.id]),
    [
      [1, 'a'],
      [2, 'b'],
      [3, 'c']
    ]
  )

  last().events.closed('cut')
  clock.advance(1e9)
  last().events.opened(guestHello)

  t.strictSame(
    framesIn(last().sent).map(({ seq, event }) => [seq, event.id]),
    [
      [1, 'b'],
      [2, 'c']
    ]
  )
  t.strictSame(
    replies.map(([id]) => id),
    ['a']
  )
  t.end()
})

void t.test('replies that make no sense break the link, and nothing else', (t) => {
  for (const text of [
    'null',
    '7',
    '{}',
    '{"seq":1}',
    '{"seq":1,"problem":null}',
    '{"seq":"1","answer":1}',
    '{"ack":"1"}',
    '{"ack":',
    ''
  ]) {
    const { send, last, sockets, clock, replies } = linksByHand()
    send(toGuest('a'))
    last().events.opened(guestHello)
    last().events.received(text)
    t.ok(last().isEnded, text)
    clock.advance(1e9)
    t.equal(sockets.length, 2)
    t.strictSame(replies, [])
  }
  t.end()
})

void t.test('a problem of a neighbour is told as ours, short, whatever it holds', (t) => {
  const { send, last, replies } = linksByHand()
  send(toGuest('a'))
  last().events.opened(guestHello)
  const told = { code: 'my-own', detail: 'x'.repeat(100_000), status: 'red', field: 7, more: 'y'.repeat(100_000) }
  last().events.received(JSON.stringify({ seq: 1, problem: told, journalled: 'perhaps' }))

  t.match(replies, [['a', { kind: 'refused', journalled: false, problem: { code: 'neighbour-refused', status: 502 } }]])
  t.ok(JSON.stringify(replies).length < 1000)
  t.end()
})

void t.test('a neighbour that ends each link at the first frame is not asked again at once', (t) => {
  const { send, last, sockets, clock } = linksByHand()
  send(toGuest('a'))
  for (let i = 0; i < 20; i++) {
    last().events.opened(guestHello)
    last().events.closed('the link broke (1011)')
    clock.advance(clock.nextTimer() ?? 0)
  }

  t.equal(sockets.length, 21)
  t.ok(clock.now() > 5e9, `in ${clock.now() / 1e9} s`)
  t.end()
})

void t.test('messages that a machine not yet there cannot take wait in their order, and the first says so', (t) => {
  const { send, last, clock, replies } = linksByHand()
  send(toGuest('a'))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')
  for (const id of ['b', 'c', 'd']) send(toGuest(id))
  const unknown = (seq: number) => ({ seq, problem: { code: 'machine-unknown', detail: 'gone' }, journalled: false })
  const before = last().sent.length
  last().events.received([2, 3, 4].map((seq) => JSON.stringify(unknown(seq))).join('\n'))
  clock.advance(1e9)

  const again = framesIn(last().sent.slice(before))
  t.match(again, [{ seq: 5, resumes: true, event: { id: 'b' } }])
  t.equal(again.length, 1, 'the others wait until that has been taken')
  last().events.received('{"ack":5}')
  last().events.received('{"ack":6}\n{"ack":7}')
  t.strictSame(idsIn(last().sent.slice(before)), ['b', 'c', 'd'])
  t.notOk(framesIn(last().sent.slice(before))[1]?.resumes)
  t.strictSame(
    replies.map(([id]) => id),
    ['a', 'b', 'c', 'd']
  )
  t.end()
})

void t.test('senders are told in the order of their messages, in whatever order the replies come', (t) => {
  const { send, last, replies } = linksByHand()
  send(toGuest('a'))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')
  for (const id of ['b', 'c', 'd']) send(toGuest(id))

  last().events.received('{"ack":4}\n{"ack":3}')
  t.equal(replies.length, 1)
  last().events.received('{"ack":2}')

  t.strictSame(
    replies.map(([id]) => id),
    ['a', 'b', 'c', 'd']
  )
  t.end()
})

void t.test('a message over the limit is refused here, and those behind it go on', (t) => {
  const { send, last, replies } = linksByHand()
  send(toGuest('huge', 'm0', { value: 'x'.repeat(FRAME_MAX_BYTES) }))
  send(toGuest('b'))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')

  t.match(replies, [
    ['huge', { kind: 'refused', journalled: false, problem: { code: 'body-too-large' } }],
    ['b', { kind: 'accepted' }]
  ])
  t.strictSame(idsIn(last().sent), ['b'])
  t.end()
})

void t.test('what is under way at a time is bounded in bytes, and no text is longer than one may be', (t) => {
  const { send, last } = linksByHand()
  for (let i = 0; i < 40; i++) send(toGuest(`e${i}`, `m${i}`, { value: 'x'.repeat(500_000) }))
  last().events.opened(guestHello)

  const bytes = last().sent.reduce((sum, text) => sum + text.length, 0)
  t.ok(bytes >= TEXT_MAX_BYTES && bytes < TEXT_MAX_BYTES + 600_000, `${bytes} bytes`)
  t.ok(last().sent.every((text) => text.length <= TEXT_MAX_BYTES))
  const ids = idsIn(last().sent)
  last().events.received(ids.map((_, i) => `{"ack":${i + 1}}`).join('\n'))
  t.ok(idsIn(last().sent).length > ids.length, 'it goes on as it is replied to')
  t.end()
})

void t.test('a machine with much to send does not keep the others from their turn', (t) => {
  const { send, last } = linksByHand()
  for (let i = 0; i < 5000; i++) send(toGuest(`a${i}`, 'busy'))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')
  send(toGuest('b', 'quiet'))

  t.ok(idsIn(last().sent).includes('b'))
  t.end()
})

void t.test(
  'a machine with too much waiting for a neighbour is full, another is not; forgetting it makes room',
  (t) => {
    const { send, transport } = linksByHand({ bounds: { machineBytes: 10_000, neighbourBytes: 15_000 } })
    const fill = (machine: string, count: number) => {
      for (let i = 0; i < count; i++) send(toGuest(`${machine}-${i}`, machine, { value: 'x'.repeat(1000) }))
    }
    t.equal(transport.fullFor?.('m0'), undefined)
    fill('m0', 9)
    t.equal(transport.fullFor?.('m0'), 'guest')
    t.equal(transport.fullFor?.('m1'), undefined)

    fill('m1', 5)
    t.equal(transport.fullFor?.('m1'), 'guest', 'all machines together have too much')
    t.equal(transport.fullFor?.('m2'), undefined, 'it has nothing there')
    t.match(transport.neighbours?.(), [{ layer: 'guest', messages: 14 }])

    transport.forget?.('m0')
    t.equal(transport.fullFor?.('m0'), undefined)
    t.equal(transport.fullFor?.('m1'), undefined)
    t.match(transport.neighbours?.(), [{ layer: 'guest', messages: 5 }])
    t.end()
  }
)

void t.test('a question that is given up makes room, and is not sent again', (t) => {
  const { send, last, transport, clock } = linksByHand()
  const giveUp = send(toPolicy('q'))
  const others = send(toPolicy('r'))
  giveUp()
  others()
  clock.advance(1)

  t.match(transport.neighbours?.(), [{ layer: 'policy', messages: 0, bytes: 0 }])
  last().events.opened({ ...guestHello, 'seabus-from': 'policy' })
  t.strictSame(last().sent, [])
  t.end()
})
