import fc from 'fast-check'
import t from 'tap'
import { Journal } from '../../shared/engine/journal.ts'
import type { Draft, Entry } from '../../shared/trace/entry.ts'

const draft = (machine: string, type: string): Draft => ({
  seq: 0,
  time: 1,
  machine,
  layer: 'vmm',
  kind: 'note',
  id: 'n.1',
  cause: 'n',
  type,
  from: 'vmm',
  to: 'vmm',
  data: {}
})
const MACHINES = ['m0', 'm1', 'm2'] as const
const seqs = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry)
    .filter(({ kind }) => kind !== 'gap')
    .map(({ seq }) => seq)

void t.test(
  'of some machines a reader gets what a reader of all gets of them, from any place and whatever is dropped',
  async () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...MACHINES), { maxLength: 300 }),
        fc.subarray([...MACHINES], { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 310 }),
        (machines, wanted, entries, after) => {
          const journal = new Journal('vmm', { entries })
          for (const machine of machines) journal.append(draft(machine, 'a.b'))
          const kept = machines.flatMap((machine, at) =>
            at + 1 >= journal.first && at + 1 > after && (wanted as string[]).includes(machine) ? [at + 1] : []
          )
          const read = seqs(journal.reader({ machine: wanted, after }).read())
          if (read.join() !== kept.join()) throw new Error(`${read.join()} is not ${kept.join()}`)
        }
      )
    )
  }
)

void t.test('what a reader of one machine looks at does not grow with what the others have', async (t) => {
  const journal = new Journal('vmm')
  let looked = 0
  const watched = (machine: string): Draft =>
    new Proxy(draft(machine, 'a.b'), {
      get: (entry, name) => {
        if (name === 'machine') looked++
        return Reflect.get(entry, name) as unknown
      }
    })
  const cost = () => {
    looked = 0
    journal.reader({ machine: ['m0'] }).read()
    return looked
  }
  for (let n = 0; n < 5; n++) journal.append(watched('m0'))

  const before = cost()
  for (let n = 0; n < 10_000; n++) journal.append(watched('m1'))

  t.equal(cost(), before)
})
