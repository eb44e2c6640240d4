import t from 'tap'
import { problem } from '../../shared/contracts/problem.ts'
import { guestHello, linksByHand, toGuest } from './link-peers.ts'

interface Frame {
  readonly seq: number
  readonly resumes?: boolean
  readonly event: { readonly id: string; readonly subject: string }
}

/** A link to a guest that answers each frame as it comes; `answers` says which machines it has not. */
function guestWithout(absent: ReadonlySet<string>) {
  const links = linksByHand()
  const taken: string[] = []
  const frames: Frame[] = []
  let read = 0
  const answerAll = () => {
    const { sent, events } = links.last()
    while (read < sent.length) {
      for (const line of (sent[read++] ?? '').split('\n')) {
        const frame = JSON.parse(line) as Frame
        frames.push(frame)
        const { seq, event } = frame
        const told = problem('machine-unknown', 'there is no such machine')
        const isAbsent = absent.has(event.subject)
        if (!isAbsent) taken.push(event.id)
        events.received(JSON.stringify(isAbsent ? { seq, problem: told, journalled: false } : { ack: seq }))
      }
    }
  }
  /** Lets so many seconds pass, with an answer to whatever comes within them. */
  const pass = (seconds: number) => {
    for (let tenths = 0; tenths < seconds * 10; tenths++) {
      answerAll()
      links.clock.advance(1e8)
    }
    answerAll()
  }
  links.send(toGuest('a1', 'absent'))
  links.send(toGuest('a2', 'absent'))
  links.send(toGuest('b1', 'there'))
  links.last().events.opened(guestHello)
  return { ...links, pass, taken, frames }
}

void t.test(
  'messages to a machine that a neighbour never has are given up, and hold up no other machine',
  async (t) => {
    const { pass, replies, taken, frames } = guestWithout(new Set(['absent']))

    pass(1)
    t.strictSame(taken, ['b1'])
    pass(57)
    t.strictSame(
      replies.map(([id]) => id),
      ['b1']
    )
    pass(10)

    t.match(replies.slice(1), [
      ['a1', { kind: 'refused', journalled: false, problem: { code: 'machine-unknown' }, tries: Number }],
      ['a2', { kind: 'refused', problem: { code: 'machine-unknown' }, tries: 3 }]
    ])
    t.ok(frames.find(({ event }) => event.id === 'a2')?.resumes, 'the neighbour waits for a frame that goes on')
  }
)

void t.test('a machine that comes to be in time has its messages in their order', async (t) => {
  const absent = new Set(['absent'])
  const { pass, replies, taken } = guestWithout(absent)
  pass(50)

  absent.clear()
  pass(3)

  t.strictSame(taken, ['b1', 'a1', 'a2'])
  t.ok(replies.every(([, { kind }]) => kind === 'accepted'))
})
