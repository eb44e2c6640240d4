import t from 'tap'
import { guestHello, linksByHand, toGuest } from './link-peers.ts'

const DECLINED = { status: 404, text: '' }
/** Longer than a neighbour that offered no link is left alone at first. */
const A_WHILE_NS = 20e9

/** A guest that offers no link, and has been sent a message by POST. */
function declined() {
  const links = linksByHand()
  links.send(toGuest('a'))
  links.last().events.answered(DECLINED)
  const frameIds = () =>
    links
      .last()
      .sent.flatMap((text) => text.split('\n'))
      .map((line) => (JSON.parse(line) as { event: { id: string } }).event.id)
  const postedIds = () => links.posted.map(({ id }) => id)
  return { ...links, frameIds, postedIds }
}

void t.test('a neighbour that offered no link is asked for one again after a while, and gets it', async (t) => {
  const { send, sockets, clock, last, postedIds, frameIds, transport } = declined()
  send(toGuest('b'))
  t.equal(sockets.length, 1, 'not at once')
  clock.advance(A_WHILE_NS)
  t.equal(sockets.length, 1, 'nor as long as there is nothing to send')

  send(toGuest('c'))
  t.equal(sockets.length, 2)
  last().events.opened(guestHello)
  send(toGuest('d'))

  t.strictSame(postedIds(), ['a', 'b', 'c'], 'until it has answered, messages are posted')
  t.strictSame(frameIds(), ['d'])
  t.match(transport.neighbours?.(), [{ layer: 'guest', way: 'link', trouble: undefined, messages: 1 }])
})

void t.test('one that still offers none is asked more and more seldom', async (t) => {
  const { send, sockets, clock, last, postedIds } = declined()
  const asked: number[] = []
  for (let second = 1; second <= 3600; second++) {
    clock.advance(1e9)
    send(toGuest(`m${second}`))
    if (sockets.length === asked.length + 1) continue
    asked.push(second)
    last().events.answered(DECLINED)
  }

  t.strictSame(asked.slice(0, 6), [15, 45, 105, 225, 465, 765])
  t.strictSame(asked.slice(6, 8), [1065, 1365], 'but not less than every five minutes')
  t.equal(postedIds().length, 3601, 'all of them have been posted')
})

void t.test(
  'one that answers again after it did not, as a new process does, is asked with the next message',
  async (t) => {
    const { send, sockets, answersAgain, last, frameIds } = declined()
    answersAgain('policy')
    send(toGuest('b'))
    t.equal(sockets.length, 1, 'that was another one')

    answersAgain('guest')
    send(toGuest('c'))
    last().events.opened(guestHello)
    send(toGuest('d'))

    t.equal(sockets.length, 2)
    t.strictSame(frameIds(), ['d'])
  }
)

void t.test('what is sent over the link does not overtake what was posted before, machine by machine', async (t) => {
  const { send, holdPosts, answersAgain, last, frameIds, replies } = declined()
  const answerPosts = holdPosts()
  answersAgain('guest')
  send(toGuest('b'))
  send(toGuest('c'))
  last().events.opened(guestHello)
  send(toGuest('d'))
  send(toGuest('other', 'm1'))

  t.strictSame(frameIds(), ['other'], 'another machine has nothing to wait for')
  answerPosts()
  t.strictSame(frameIds(), ['other', 'd'])
  last().events.received('{"ack":1}\n{"ack":2}')
  t.strictSame(
    replies.map(([id]) => id),
    ['a', 'b', 'c', 'other', 'd']
  )
})

void t.test('a posted message that is given up, or whose machine is deleted, holds nothing up', async (t) => {
  const { send, holdPosts, answersAgain, last, frameIds, transport } = declined()
  holdPosts()
  answersAgain('guest')
  const giveUp = send(toGuest('b'))
  send(toGuest('c', 'm1'))
  last().events.opened(guestHello)
  send(toGuest('d'))
  send(toGuest('e', 'm1'))
  t.strictSame(frameIds(), [])

  giveUp()
  t.strictSame(frameIds(), ['d'])
  transport.forget?.('m1')
  send(toGuest('f', 'm1'))
  t.strictSame(frameIds(), ['d', 'f'])
})

void t.test('an attempt at a link that fails changes nothing for a neighbour that is reached by POST', async (t) => {
  const { send, sockets, clock, last, postedIds, changes } = declined()
  clock.advance(A_WHILE_NS)
  send(toGuest('b'))
  for (const fail of [
    () => last().events.failed({ code: 'ECONNREFUSED', message: '' }),
    () => last().events.answered({ status: 503, text: '' })
  ]) {
    const before = sockets.length
    fail()
    clock.advance(1e9)
    send(toGuest(`after ${before}`))
    t.equal(sockets.length, before, 'it is left alone for longer')
    clock.advance(300e9)
    send(toGuest(`later than ${before}`))
    t.equal(sockets.length, before + 1)
  }

  t.equal(postedIds().length, 6)
  t.strictSame(changes, [])
})

void t.test('one that comes to offer links and does not fit is not posted to any more, and says why', async (t) => {
  const { send, clock, last, postedIds, changes, frameIds } = declined()
  clock.advance(A_WHILE_NS)
  send(toGuest('b'))
  last().events.opened({ ...guestHello, 'seabus-link': '2.0' })
  send(toGuest('c'))

  t.strictSame(postedIds(), ['a', 'b'])
  t.match(changes, [{ code: 'neighbour-incompatible' }])
  clock.advance(A_WHILE_NS)
  last().events.opened(guestHello)
  t.strictSame(frameIds(), ['c'], 'nothing is lost when it fits after all')
})

void t.test('what a link has not replied to is posted once the neighbour offers no link any more', async (t) => {
  const { send, last, clock, posted, replies } = linksByHand()
  send(toGuest('a'))
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')
  send(toGuest('b'))
  send(toGuest('c'))
  last().events.closed('replaced')
  clock.advance(1e9)
  last().events.answered(DECLINED)

  t.match(posted, [{ id: 'b' }, { id: 'c' }])
  t.strictSame(
    replies.map(([id]) => id),
    ['a', 'b', 'c']
  )
})
