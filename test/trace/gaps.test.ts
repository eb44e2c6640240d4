import t from 'tap'
import { Journal } from '../../shared/engine/journal.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { gapsOf, incomplete } from '../../shared/trace/gaps.ts'

function read(journal: Journal): readonly WireEntry[] {
  const lines = journal.reader({}).read().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as WireEntry)
}

void t.test('a journal whose beginning is gone leads to no verdict, and says what is missing', async (t) => {
  const journal = new Journal('vmm', { entries: 3 })
  const draft = { machine: 'm0', layer: 'vmm', kind: 'note', id: 'n', cause: undefined, type: 'some.thing' } as const
  const append = (time: number) => journal.append({ seq: 0, time, ...draft, from: 'vmm', to: 'vmm', data: null })
  for (let time = 1; time <= 3; time++) append(time)
  t.equal(incomplete(read(journal)), undefined)

  for (let time = 4; time <= 8; time++) append(time)

  t.strictSame(gapsOf(read(journal)), [{ layer: 'vmm', after: 0, continues: 6 }])
  t.match(incomplete(read(journal)), {
    code: 'journal-incomplete',
    status: 410,
    detail: /^how it ended cannot be told: vmm's entries 1 to 5 are not all kept/
  })
})
