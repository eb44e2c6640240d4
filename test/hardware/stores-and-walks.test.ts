import t from 'tap'
import { GUEST_LOAD, HOST_LOAD, LINE, machine, MEMORY_ERROR, sent, told } from './support.ts'

void t.test('a store into a line whose stores defer raises nothing, and firmware hears of a deferred error', (t) => {
  const m = machine()
  m.tell('error.inject', { ...MEMORY_ERROR, storesDefer: true })

  const effects = m.tell('memory.access', { ...HOST_LOAD, access: 'store' })

  t.same(told(effects), ['host-kernel access.complete', 'firmware error.interrupt'])
  t.match(sent(effects)[1]?.data, { record: { hostPhysical: LINE, severity: 'recoverable' } })
  t.end()
})

void t.test('the line stays poisoned after such a store: the next load is an abort', (t) => {
  const m = machine()
  m.tell('error.inject', { ...MEMORY_ERROR, storesDefer: true })
  m.tell('memory.access', { ...HOST_LOAD, access: 'store' })

  const effects = m.tell('memory.access', HOST_LOAD)

  t.same(told(effects), ['firmware exception.take'])
  t.end()
})

const WALKS = [
  [0, 0x14n],
  [3, 0x17n]
] as const
for (const [walk, fsc] of WALKS) {
  void t.test(`an abort on the walk of a level ${walk} table entry has FSC 0x${fsc.toString(16)}`, (t) => {
    const m = machine()
    m.tell('error.inject', MEMORY_ERROR)

    const effects = m.tell('memory.access', { ...HOST_LOAD, walk })

    t.match(sent(effects)[0]?.data, { exception: 'SEA', esr: 0x9200_0000n | fsc })
    t.end()
  })
}

void t.test('a stage 2 fault on a stage 1 walk has S1PTW set', (t) => {
  const m = machine()

  const effects = m.tell('memory.access', { ...GUEST_LOAD, walk: 3 })

  t.match(sent(effects)[0]?.data, { exception: 'stage-2-fault', esr: 0x9200_0087n })
  t.end()
})
