import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { jsonCodec } from '../../shared/engine/codec.ts'
import { Engine } from '../../shared/engine/engine.ts'
import { Journal } from '../../shared/engine/journal.ts'
import { memoryStore } from '../../shared/engine/store.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { entryLine, type WireEntry } from '../../shared/trace/entry.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { PING_ACCEPTS, PING_TYPES, vmmModel } from '../support/ping.ts'

interface Sent {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
}

/** A layer whose neighbours answer when the test says so, and what it has written down of messages. */
function vmm() {
  const sent: Sent[] = []
  const journal = new Journal('vmm')
  const transport: Transport = {
    deliver(message, done) {
      sent.push({ message, done })
      return () => undefined
    },
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
  const engine = new Engine({
    model: vmmModel(),
    accepts: PING_ACCEPTS.vmm ?? [],
    sends: PING_TYPES,
    clock: virtualClock(),
    store: memoryStore(0),
    transport,
    journal,
    positions: journal,
    codec: jsonCodec,
    repeats: true,
    fault: (error) => {
      throw error
    }
  })
  engine.start(['m0'])
  let id = 0
  const accept = (from: Layer | 'outside', cause?: string) => {
    const json = { name: 'a', value: '0x1', raw: 'AAE=' }
    const parsed = engine.parse('sum.add', json)
    if (parsed === undefined || 'error' in parsed) throw new Error('it does not fit')
    const message = { machine: 'm0', id: `in${++id}`, type: 'sum.add', from, json, data: parsed.value, cause }
    engine.accept({ ...message, traceparent: undefined }, () => undefined)
  }
  const written = () =>
    journal
      .following('m0', { take: () => true } as never, 1000)
      .map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
      .filter(({ kind, type }) => kind === 'message' && type !== 'machine.start')
      .map((entry) => entry.id)
  return { accept, sent, written }
}

void t.test('a message is written down before what it led to, when a stranger names it before he answers it', (t) => {
  const { accept, sent, written } = vmm()
  accept('outside')
  const [first] = sent
  const { id = '' } = first?.message ?? {}

  accept('outside', `${id} further-back`)
  accept('outside', id)
  first?.done({ kind: 'accepted', journalled: false, id, seq: 0 })

  t.strictSame(written(), ['in1', id, 'in2', 'in3'], 'and once')
  t.end()
})

void t.test('what a layer with a journal names as its cause it has written down itself', (t) => {
  const { accept, sent, written } = vmm()
  accept('outside')
  const [first] = sent
  const { id = '' } = first?.message ?? {}

  accept('guest', id)
  accept('outside', 'of-another')
  first?.done({ kind: 'accepted', journalled: true, id, seq: 0 })

  t.strictSame(written(), ['in1', 'in2', 'in3'])
  t.end()
})
