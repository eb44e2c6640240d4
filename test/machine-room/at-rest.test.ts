import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { jsonCodec } from '../../shared/engine/codec.ts'
import { Engine } from '../../shared/engine/engine.ts'
import { Journal } from '../../shared/engine/journal.ts'
import { DEFAULT_RETENTION } from '../../shared/engine/retention.ts'
import { AtRest, type Quiet } from '../../shared/engine/at-rest.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { keepingStore, type KeepingStore } from '../engine/keeping-store.ts'
import { PING_ACCEPTS, PING_TYPES, vmmModel } from '../support/ping.ts'

const ANSWER: Reply = { kind: 'answered', journalled: true, answer: { value: '0x2' } }

/** A VMM that keeps what it has taken in when the test says so, and whose neighbours answer when it says so. */
function vmm(store: KeepingStore, hasSnapshots = false) {
  const journal = new Journal('vmm')
  const questions: ((reply: Reply) => void)[] = []
  const flushes: (() => void)[] = []
  const engine = new Engine({
    model: vmmModel(),
    accepts: PING_ACCEPTS.vmm ?? [],
    sends: PING_TYPES,
    clock: virtualClock(),
    store,
    transport: {
      deliver(_message, done) {
        questions.push(done)
        return () => undefined
      },
      urlOf: () => undefined,
      close: () => Promise.resolve()
    },
    journal,
    codec: jsonCodec,
    positions: journal,
    retention: { ...DEFAULT_RETENTION, entries: hasSnapshots ? 1 : DEFAULT_RETENTION.entries },
    gather: (flush) => void flushes.push(flush),
    repeats: true,
    fault: (error) => {
      throw error
    }
  })
  engine.start(['m0'])
  const keep = () => {
    while (flushes.length > 0) flushes.shift()?.()
  }
  keep()
  const ask = (id: string, value: string) => {
    const parsed = engine.parse('number.double', { value })
    if (parsed === undefined || 'error' in parsed) throw new Error('no question')
    const json = { value }
    engine.accept(
      { machine: 'm0', id, type: 'number.double', from: 'outside', json, data: parsed.value },
      () => undefined
    )
    keep()
  }
  const look = (): Quiet => {
    const quiet = engine.standing.quiescence('m0')
    if (quiet === undefined) throw new Error('there is no m0')
    return quiet
  }
  return { ask, keep, look, answer: () => questions.shift()?.(ANSWER) }
}

void t.test(
  'a layer that crashes while it keeps an answer, and then gets it again, is not at rest in between',
  async (t) => {
    const store = keepingStore()
    const first = vmm(store)
    first.ask('a', '0x1')
    const rest = new AtRest()
    first.answer()
    t.notOk(rest.look([first.look()]), 'it has the answer, and has not kept it')

    const second = vmm(store.afterCrash())
    t.match(second.look(), { waitingAsks: 1 }, 'it asks again')
    second.answer()

    t.notOk(rest.look([second.look()]), 'it is where it was')
    t.notOk(rest.look([second.look()]), 'for however long it keeps it')
    second.keep()
    t.notOk(rest.look([second.look()]), 'the first look that finds nothing under way')
    t.ok(rest.look([second.look()]))
  }
)

void t.test('what was counted is not forgotten by a restart, so that no two moments look alike', async (t) => {
  for (const snapshots of [false, true]) {
    const store = keepingStore()
    const first = vmm(store, snapshots)
    first.ask('a', '0x1')
    first.answer()
    first.keep()
    const before = first.look()
    t.equal([...store.snapshots()].length, snapshots ? 1 : 0)

    t.strictSame(vmm(store.afterCrash(), snapshots).look(), before, snapshots ? 'with snapshots' : '')
  }
})

void t.test('layers are at rest when two looks in a row find the same, and nothing on its way', async (t) => {
  const idle: Quiet = { accepted: 3, sent: 2, delivered: 2, waitingAsks: 0 }
  const after = (...looks: readonly Quiet[]) => {
    const rest = new AtRest()
    return looks.map((one) => rest.look([idle, one]))
  }

  t.strictSame(after(idle, idle), [false, true])
  t.strictSame(after(idle, { ...idle, accepted: 4 }, { ...idle, accepted: 4 }), [false, false, true])
  t.strictSame(after(idle, { ...idle, delivered: 1 }, idle, idle), [false, false, false, true])
  t.strictSame(after({ ...idle, waitingAsks: 1 }, { ...idle, waitingAsks: 1 }), [false, false])
})
