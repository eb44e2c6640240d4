import t from 'tap'
import { GUEST_LOAD, HOST_LOAD, LINE, machine, MAP, MEMORY_ERROR, notes, sent, told, UNMAP } from './support.ts'

const VCPU = { vm: 'vm0', vcpu: 0 }

/** A vCPU that has taken an exception for its load from a poisoned line. */
function interrupted() {
  const m = machine()
  m.tell('stage2.map', MAP)
  m.tell('error.inject', MEMORY_ERROR)
  m.tell('memory.access', GUEST_LOAD)
  return m
}

void t.test('S11, S12: the return re-runs the same instruction, which finds its page gone from stage 2', async (t) => {
  const m = interrupted()
  const unmapped = m.tell('stage2.unmap', UNMAP)

  const effects = m.tell('exception.return', VCPU)

  t.strictSame(unmapped, [{ kind: 'answer', to: 't-4', data: {} }], 'nothing runs before the return')
  t.match(effects[0], { kind: 'answer', data: {} }, 'the return is answered first')
  t.match(sent(effects), [
    { to: 'host-kernel', type: 'exception.take', data: { exception: 'stage-2-fault', interrupted: GUEST_LOAD } }
  ])
})

void t.test(
  'a stage 2 fault is taken again at once, since it may be answered by memory; then as anything else',
  async (t) => {
    const m = interrupted()
    m.tell('stage2.unmap', UNMAP)
    m.tell('exception.return', VCPU)

    const again = m.tell('exception.return', VCPU)
    const third = m.tell('exception.return', VCPU)

    t.strictSame([told(again), notes(again)], [['host-kernel exception.take'], []])
    t.strictSame([told(third), notes(third)], [[], ['pe.spin']])
    t.strictSame(told(m.fire(third)), ['host-kernel exception.take'])
  }
)

void t.test('the same exception is taken again and again, through whoever takes it, as time goes by', async (t) => {
  const m = interrupted()

  let returned = m.tell('exception.return', VCPU)
  const first = returned
  const taken: number[] = []
  for (let takes = 0; takes < 29; takes++) {
    t.strictSame(told(m.fire(returned)), ['firmware exception.take'])
    taken.push(m.time / 1e6)
    returned = m.tell('exception.return', VCPU)
  }

  t.strictSame(notes(first), ['pe.spin'])
  t.strictSame(told(first), [], 'no time has passed yet')
  t.strictSame(taken, [
    ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 45, 60].map((seconds) => seconds * 1000)
  ])
  t.match(returned[1], { kind: 'note', type: 'pe.livelock', data: { context: 'vm0/vcpu0', takes: 30, forNs: 60e9 } })
  t.strictSame(told(m.fire(returned)), ['firmware exception.take'], 'a livelock is no reason to stop')
})

void t.test('a livelock is said when 20 s have changed nothing, and taken back when something has', async (t) => {
  const m = interrupted()
  const said: string[] = []
  let returned = m.tell('exception.return', VCPU)
  while (m.time < 20e9) {
    said.push(...notes(returned))
    m.fire(returned)
    returned = m.tell('exception.return', VCPU)
  }

  t.strictSame([...new Set(said)], ['pe.spin'])
  t.strictSame(notes(returned), ['pe.livelock'])
  t.strictSame(notes(m.tell('exception.return', VCPU)), [], 'it waits already')
  t.strictSame(notes(m.tell('line.repair', { hostPhysical: LINE })), ['line.repaired', 'pe.progress'])
})

void t.test('a spinning context goes on when stage 2, the line or the routing changes', async (t) => {
  const spinning = () => {
    const m = interrupted()
    m.tell('exception.return', VCPU)
    return m
  }

  const unmapped = spinning().tell('stage2.unmap', UNMAP)
  const repaired = spinning().tell('line.repair', { hostPhysical: LINE })
  const rerouted = spinning().tell('routing.set', { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true })
  const remapped = spinning().tell('stage2.map', { ...MAP, hostPhysical: 0x5000_0000n })
  const elsewhere = spinning().tell('stage2.unmap', { ...UNMAP, guestPhysical: 0x4000_3000n })

  t.equal(unmapped[0]?.kind, 'answer', 'answered first')
  t.match(sent(unmapped), [{ to: 'host-kernel', data: { exception: 'stage-2-fault' } }])
  t.strictSame(told(repaired), ['guest access.complete'])
  t.match(sent(rerouted), [{ to: 'host-kernel', data: { exception: 'SEA', el: 2 } }])
  t.strictSame(told(remapped), ['guest access.complete'])
  t.strictSame(told(elsewhere), [], 'a change that makes no difference to it does not wake it')
})

void t.test('another access takes the place of one that spins', async (t) => {
  const m = interrupted()
  const parked = m.tell('exception.return', VCPU)

  const effects = m.tell('memory.access', { ...GUEST_LOAD, pc: GUEST_LOAD.pc + 4n })

  t.strictSame(notes(effects), ['pe.progress'])
  t.strictSame(told(effects), ['firmware exception.take'])
  t.strictSame(told(m.fire(parked)), [], 'what the timer was for is over')
})

void t.test('a vCPU that is sent to the same instruction again goes on where it was', async (t) => {
  const m = interrupted()
  m.tell('stage2.unmap', UNMAP)
  m.tell('memory.access', GUEST_LOAD)

  const second = m.tell('memory.access', GUEST_LOAD)
  const third = m.tell('memory.access', GUEST_LOAD)

  t.strictSame([told(second), told(third)], [['host-kernel exception.take'], []])
  t.strictSame(notes(third), ['pe.spin'])
})

void t.test('a PE that is taken off its access takes nothing any more; what is on its way is left', async (t) => {
  const m = interrupted()
  const onItsWay = m.tell('pe.halt', VCPU)
  const parked = m.tell('exception.return', VCPU)
  const other = m.tell('pe.halt', { vm: 'vm1', vcpu: 0 })
  const all = m.tell('pe.halt', {})

  const answers = [onItsWay, other, all].map((effects) => effects.find(({ kind }) => kind === 'answer'))
  t.match(answers, [{ data: { halted: [] } }, { data: { halted: [] } }, { data: { halted: ['vm0/vcpu0'] } }])
  t.strictSame(m.fire(parked), [])
  t.strictSame(m.state.contexts, {})
})

void t.test('a return to a thread that waits for no access is only answered', async (t) => {
  const m = machine()
  m.tell('memory.access', HOST_LOAD)

  t.strictSame(m.tell('exception.return', { pid: 119 }), [{ kind: 'answer', to: 't-2', data: {} }])
  t.strictSame(m.state.contexts, {})
})
