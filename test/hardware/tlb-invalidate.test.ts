import t from 'tap'
import { HOST_LOAD, machine, MEMORY_ERROR, told } from './support.ts'

const RANGE = { pid: HOST_LOAD.pid, hostVirtual: 0xffff_9a80_1000n, length: 0x1000n }
const THREAD = { pid: HOST_LOAD.pid, tid: HOST_LOAD.tid }

/** A machine whose thread re-takes the same abort. */
function spinning() {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)
  m.tell('memory.access', HOST_LOAD)
  m.tell('exception.return', THREAD)
  return m
}
const restarted = (effects: ReturnType<ReturnType<typeof machine>['tell']>) =>
  effects.find((effect) => effect.kind === 'answer')?.data

void t.test('a thread that re-takes an abort starts again once its translation is gone', (t) => {
  const m = spinning()

  const effects = m.tell('tlb.invalidate', RANGE)

  t.same(restarted(effects), { restarted: [HOST_LOAD.tid] })
  t.same(told(effects), [], 'what it does next is up to the host kernel')
  t.same(m.state.contexts, {})
  t.end()
})

void t.test('threads of other processes, and accesses elsewhere, are left alone', (t) => {
  const m = spinning()

  t.same(restarted(m.tell('tlb.invalidate', { ...RANGE, pid: 7 })), { restarted: [] })
  t.same(restarted(m.tell('tlb.invalidate', { ...RANGE, hostVirtual: 0x1000n })), { restarted: [] })
  t.end()
})

void t.test('an access whose exception is on its way is not restarted: its handler will return', (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)
  m.tell('memory.access', HOST_LOAD)

  t.same(restarted(m.tell('tlb.invalidate', RANGE)), { restarted: [] })
  t.end()
})
