import t from 'tap'
import { mergeJournals } from '../../shared/machine-room/over-http.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

const question = {
  seq: 1,
  time: 1,
  machine: 'm0',
  kind: 'message',
  id: 'a.1',
  type: 'policy.decide',
  data: {}
} as const
const kept: WireEntry = { ...question, layer: 'vmm', from: 'vmm', to: 'policy' }
const received: WireEntry = { ...kept, layer: 'policy' }

void t.test('a message that its sender and its receiver kept is there once, as the receiver has it', async (t) => {
  t.strictSame(mergeJournals([[kept], [received]]), [received])
})

void t.test('a message that only its sender kept is there', async (t) => {
  t.strictSame(mergeJournals([[kept], []]), [kept])
})
