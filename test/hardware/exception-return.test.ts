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

void t.test('the stage 2 fault is taken again at each return, as each is the host kernel to answer', async (t) => {
  const m = interrupted()
  m.tell('stage2.unmap', UNMAP)
  m.tell('exception.return', VCPU)

  const again = m.tell('exception.return', VCPU)

  t.strictSame(told(again), ['host-kernel exception.take'])
  t.strictSame(notes(again), [])
})

void t.test('a return to the very same error spins instead of raising it for ever', async (t) => {
  const m = interrupted()

  const first = m.tell('exception.return', VCPU)
  const second = m.tell('exception.return', VCPU)

  t.strictSame(notes(first), ['pe.spin'])
  t.strictSame(told(first), [])
  t.strictSame(second, [{ kind: 'answer', to: 't-5', data: {} }], 'it is said once')
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

void t.test('a new access takes the place of one that spins, and raises again', async (t) => {
  const m = interrupted()
  m.tell('exception.return', VCPU)

  const effects = m.tell('memory.access', GUEST_LOAD)

  t.strictSame(told(effects), ['firmware exception.take'])
})

void t.test('a return to a thread that waits for no access is only answered', async (t) => {
  const m = machine()
  m.tell('memory.access', HOST_LOAD)

  t.strictSame(m.tell('exception.return', { pid: 119 }), [{ kind: 'answer', to: 't-2', data: {} }])
  t.strictSame(m.state.contexts, {})
})
