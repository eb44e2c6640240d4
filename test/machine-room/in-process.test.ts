import t from 'tap'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { virtualClock } from '../../shared/engine/clock.ts'
import { entryLine } from '../../shared/trace/entry.ts'
import type { Model } from '../../shared/model/step.ts'
import { add, double, guestModel, later, PING_ACCEPTS, policyModel, vmmModel, type Sums } from '../support/ping.ts'

const FALLBACK = { deadlineMs: 50, fallback: { value: 99n } }
const pingBus = (options: RoomOptions = {}) =>
  new MachineRoom([vmmModel(), policyModel, guestModel], { accepts: PING_ACCEPTS, ...options })
const sums = (bus: { state: (layer: 'vmm', machine?: string) => unknown }, machine = 'm0') =>
  (bus.state('vmm', machine) as { inner: Sums }).inner

void t.test('a message moves its layer and what that sends moves the next', async (t) => {
  const bus = pingBus()

  const posted = bus.post('m0', add, { name: 'a', value: 3n })
  bus.settle()

  t.strictSame(posted, { id: 'm0-vmm-1' })
  t.strictSame(sums(bus).total, 3n)
  t.strictSame((bus.state('guest') as { inner: unknown }).inner, [3n])
})

void t.test('the journal tells what happened in order, with ids made of their causes', async (t) => {
  const bus = pingBus()

  bus.post('m0', add, { name: 'a', value: 3n })
  bus.settle()

  const told = bus
    .journal()
    .map(({ seq, layer, kind, id, cause, type, from, to }) => [seq, layer, kind, id, cause, type, from, to])
  t.strictSame(told, [
    [1, 'vmm', 'message', 'm0.vmm.start', undefined, 'machine.start', 'outside', 'vmm'],
    [2, 'policy', 'message', 'm0.policy.start', undefined, 'machine.start', 'outside', 'policy'],
    [3, 'guest', 'message', 'm0.guest.start', undefined, 'machine.start', 'outside', 'guest'],
    [4, 'vmm', 'message', 'm0-vmm-1', undefined, 'sum.add', 'outside', 'vmm'],
    [5, 'vmm', 'note', 'm0-vmm-1.1', 'm0-vmm-1', 'sum.added', 'vmm', 'vmm'],
    [6, 'guest', 'message', 'm0-vmm-1.2', 'm0-vmm-1', 'guest.seen', 'vmm', 'guest']
  ])
  t.equal(
    entryLine(bus.journal()[4]!),
    '{"seq":5,"time":0,"machine":"m0","layer":"vmm","kind":"note","id":"m0-vmm-1.1","cause":"m0-vmm-1","type":"sum.added","from":"vmm","to":"vmm","data":{"name":"a","value":"0x3"},"lane":{"from":"vmm","to":"vmm"},"level":"story","mark":"note"}'
  )
})

void t.test('a question is answered and both are in the journal', async (t) => {
  const bus = pingBus()

  const answer = bus.ask('m0', double, { value: 21n })

  t.strictSame(answer, { value: 42n })
  const told = bus
    .journal()
    .slice(3)
    .map(({ layer, kind, id, type, from, to }) => [layer, kind, id, type, from, to])
  t.strictSame(told, [
    ['vmm', 'message', 'm0-vmm-1', 'number.double', 'outside', 'vmm'],
    ['policy', 'message', 'm0-vmm-1.1', 'policy.twice', 'vmm', 'policy'],
    ['vmm', 'answer', 'm0-vmm-1.1.a', 'policy.twice', 'policy', 'vmm'],
    ['vmm', 'answer', 'm0-vmm-1.a', 'number.double', 'vmm', 'outside']
  ])
})

void t.test('inputs that come while a layer waits for an answer keep their order', async (t) => {
  const bus = pingBus()

  bus.post('m0', double, { value: 1n })
  bus.post('m0', double, { value: 2n })
  bus.post('m0', add, { name: 'a', value: 1n })
  t.equal(sums(bus).count, 0)
  bus.settle()

  t.strictSame(sums(bus), { total: 1n, count: 1, doubled: [2n, 4n] })
})

void t.test('a refused message changes nothing and whoever posted it is told', async (t) => {
  const bus = pingBus()
  const before = bus.state('vmm')

  const { refusal } = bus.post('m0', add, { name: 'a', value: 0n })

  t.match(refusal, { code: 'field-invalid', field: '/value' })
  t.equal(bus.state('vmm'), before)
  t.match(bus.journal().at(-1), { kind: 'refusal', id: 'm0-vmm-1', type: 'sum.add', data: { code: 'field-invalid' } })
  t.equal(bus.refusals().length, 1)
})

void t.test('a refused question is answered with the refusal, or its fallback if it has one', async (t) => {
  const without = pingBus()
  const withFallback = new MachineRoom([vmmModel(FALLBACK), policyModel, guestModel], { accepts: PING_ACCEPTS })

  t.match(without.ask('m0', double, { value: 13n }), { refused: { code: 'answer-impossible' } })
  t.strictSame(withFallback.ask('m0', double, { value: 13n }), { value: 99n })
  t.match(
    withFallback.journal().find(({ fallback }) => fallback),
    { id: 'm0-vmm-1.1.a', data: { value: 99n } }
  )
})

void t.test('a refusal of an input that had to wait names that input', async (t) => {
  const bus = pingBus()

  bus.post('m0', double, { value: 1n })
  const posted = bus.post('m0', add, { name: 'a', value: 0n })
  bus.settle()

  t.equal(posted.refusal, undefined, 'it was not known yet')
  t.match(bus.refusals(), [{ id: posted.id, type: 'sum.add', layer: 'vmm' }])
})

void t.test('timers fire in order of their time, then of their setting', async (t) => {
  const bus = pingBus()

  bus.post('m0', later, { afterNs: 2000 })
  bus.post('m0', later, { afterNs: 1000 })
  bus.post('m0', later, { afterNs: 1000 })
  t.equal(bus.nextTimer(), 1000)
  bus.advance(1500)

  t.equal(sums(bus).total, 10n)
  t.equal(bus.now, 1500)
  t.equal(bus.nextTimer(), 500)
  bus.advance(500)
  const fired = bus
    .journal()
    .filter(({ from }) => from === 'timer')
    .map(({ id, time }) => [id, time])
  t.strictSame(fired, [
    ['m0-vmm-2.1', 1000],
    ['m0-vmm-3.1', 1000],
    ['m0-vmm-1.1', 2000]
  ])
})

void t.test('machines are independent of each other', async (t) => {
  const bus = pingBus({ machines: ['m0', 'm1'] })

  bus.post('m1', add, { name: 'a', value: 3n })
  bus.settle()

  t.strictSame([sums(bus, 'm0').total, sums(bus, 'm1').total], [0n, 3n])
})

void t.test('a message that its receiver does not know is an error at once', async (t) => {
  const wrong: Model<null> = {
    layer: 'vmm',
    initial: () => null,
    view: (state) => state,
    step: (state, input) =>
      input.type === 'sum.add'
        ? [state, [{ kind: 'send', id: `${input.id}.1`, to: 'guest', type: 'no.such', data: {} }]]
        : [state, []]
  }
  const bus = new MachineRoom([wrong, guestModel], { accepts: PING_ACCEPTS })

  t.throws(() => bus.post('m0', add, {}), /guest accepts no message of type no\.such/)
  t.throws(() => bus.post('m0', { ...add, type: 'no.such' }, {}), /vmm accepts no message of type no\.such/)
  t.throws(() => bus.post('m9', add, {}), /no machine m9/)
})

void t.test('a layer that nobody serves is an error, or is treated as a service that is down', async (t) => {
  const loud = new MachineRoom([vmmModel(FALLBACK)], { accepts: PING_ACCEPTS })
  const down = new MachineRoom([vmmModel(FALLBACK)], { accepts: PING_ACCEPTS, absent: 'silent' })

  t.throws(() => loud.ask('m0', double, { value: 1n }), /no policy/)
  down.post('m0', double, { value: 1n })
  down.settle()
  t.strictSame(sums(down).doubled, [], 'the deadline has not passed')
  down.advance(50e6)
  t.strictSame(sums(down).doubled, [99n])
  t.match(down.journal().slice(-3), [
    { kind: 'message', id: 'm0-vmm-1.1', from: 'vmm', to: 'policy' },
    { kind: 'answer', fallback: true, time: 50e6 },
    { kind: 'answer', to: 'outside' }
  ])
})

void t.test('with validation, data that would not survive the wire is an error', async (t) => {
  const bus = pingBus({ validate: true })

  t.throws(() => bus.post('m0', add, { name: 'a', value: 3 }), /sum\.add to vmm: \/value must be a 64-bit/)
  bus.post('m0', add, { name: 'a', value: 3n, raw: Uint8Array.of(1) })
  bus.settle()
  t.equal(sums(bus).total, 3n)
})

void t.test('layers that go on for ever are stopped', async (t) => {
  const endless: Model<null> = {
    layer: 'guest',
    initial: () => null,
    view: (state) => state,
    step: (state, input) => [state, [{ kind: 'send', id: `${input.id}.1`, to: 'guest', type: 'guest.seen', data: {} }]]
  }

  t.throws(() => new MachineRoom([endless], { accepts: PING_ACCEPTS, maxSteps: 50 }), /50 steps within one instant/)
})

void t.test('the same inputs give the same journal', async (t) => {
  const run = () => {
    const bus = pingBus()
    bus.post('m0', later, { afterNs: 1000 })
    bus.ask('m0', double, { value: 21n })
    bus.advance(1e6)
    return bus.journal().map(entryLine)
  }

  t.strictSame(run(), run())
})

void t.test('a virtual clock fires hundreds of timers in order and skips cancelled ones', async (t) => {
  const clock = virtualClock()
  const fired: number[] = []
  const dues = Array.from({ length: 300 }, (_, i) => (i * 7919) % 1000)
  const cancels = dues.map((due) => clock.setTimer(due, () => fired.push(due)))
  cancels.forEach((cancel, i) => i % 3 === 0 && cancel())

  clock.advance(1000)

  t.strictSame(
    fired,
    dues.filter((_, i) => i % 3 !== 0).toSorted((a, b) => a - b)
  )
  t.equal(clock.nextTimer(), undefined)
})
