import t from 'tap'
import { causesOf, entryLine, messageEntry, ordered, type Entry, type WireEntry } from '../../shared/trace/entry.ts'
import { tell } from '../../shared/trace/narrate.ts'

const input = { id: 'a.1', type: 'kvm.run', from: 'vmm', time: 0, data: { vm: 'vm0', vcpu: 0 } } as const
const lineOf = (entry: Entry) => JSON.parse(entryLine(entry)) as WireEntry

void t.test('all causes of a message travel in one text, and come apart in the journal of its receiver', async (t) => {
  const causes = causesOf({ id: 'a.1', because: ['b', 'c.2'] })

  t.equal(causes, 'a b c.2')
  t.match(messageEntry('host-kernel', 'm0', input, causes), { cause: 'a', because: ['b', 'c.2'] })
  t.equal(causesOf({ id: 'a.1' }), 'a')
  t.equal(causesOf({ id: 'a' }), undefined)
  t.notOk('because' in messageEntry('host-kernel', 'm0', input, 'a'))
})

void t.test('an entry says its lanes, its level and the rule behind it', async (t) => {
  const entry = lineOf({ ...messageEntry('host-kernel', 'm0', input), seq: 1 })

  t.match(entry, { lane: { from: 'vmm', to: 'kvm' }, level: 'story', mark: 'call' })
})

void t.test('an answer repeats its question and goes the other way', async (t) => {
  const entry = lineOf({
    seq: 1,
    time: 0,
    machine: 'm0',
    layer: 'vmm',
    kind: 'answer',
    id: 'a.1.a',
    cause: 'a.1',
    type: 'kvm.get-one-reg',
    from: 'host-kernel',
    to: 'vmm',
    data: { value: 8n },
    question: { vm: 'vm0', vcpu: 0, reg: 'pc' }
  })

  t.match(entry, { lane: { from: 'kvm', to: 'vmm' }, level: 'detail', data: { value: '0x8' }, question: { reg: 'pc' } })
  t.same(tell([entry]), [])
  t.match(tell([entry], { detail: true }), [{ text: 'answers kvm.get-one-reg: value 0x8' }])
})

void t.test("what an answer's fallback stands for, and a refusal, are always told", async (t) => {
  const base = { seq: 1, time: 0, machine: 'm0', layer: 'vmm', id: 'a', from: 'policy', to: 'vmm' } as const
  const fallback: WireEntry = { ...base, kind: 'answer', type: 'policy.decide', data: null, fallback: true }
  const refusal: WireEntry = { ...base, kind: 'refusal', type: 'vm.create', data: { code: 'already-exists' } }

  t.match(tell([fallback, refusal]), [
    { text: 'FALLBACK: has not answered policy.decide: its fallback holds', loud: 'fallback' },
    { text: 'REFUSED vm.create: {"code":"already-exists"}', loud: 'refused' }
  ])
})

void t.test("data that no contract knows are told as they are, someone else's service may send anything", async (t) => {
  const base = { seq: 1, time: 0, machine: 'm0', layer: 'vmm', id: 'a', from: 'vmm', to: 'vmm' } as const
  const strange: WireEntry = { ...base, kind: 'note', type: 'record.held', data: null }
  const unknown: WireEntry = { ...base, kind: 'note', type: 'vmm.mood', data: { mood: 'good' } }

  t.match(tell([strange, unknown]), [{ text: 'record.held: null' }, { text: 'vmm.mood: mood good' }])
})

void t.test('the entries of a run are numbered from 1', async (t) => {
  const entry = lineOf({ ...messageEntry('host-kernel', 'm0', input), seq: 7 })

  t.same(
    ordered([entry, entry]).map(({ order }) => order),
    [1, 2]
  )
})
