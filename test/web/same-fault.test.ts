import t from 'tap'
import type { MatrixFile } from '../../web/model/matrix.ts'
import { decidersText, sameFault, type Ended } from '../../web/model/same-fault.ts'

const MATRIX: MatrixFile = {
  outcomes: { '.': 'recovered', k: 'process killed', A: 'avoidable panic' },
  columns: [{ vmm: 'reference', policy: 'morse' }, { vmm: 'reference', policy: 'sei' }, { vmm: 'kvmtool' }],
  scenarios: [{ name: '01-story', title: 'A title', folder: '', cells: 'kAk' }]
}
const run = (more: Partial<Ended>): Ended => ({
  id: 'a',
  state: 'ended',
  fault: 'one',
  cell: 'avoidable panic',
  ...more
})
const scenarios = [{ name: '01-story', fault: 'one' }]

void t.test('a run that ended badly is told who ended the same fault milder', (t) => {
  const known = sameFault(run({}), { runs: [], matrix: MATRIX, scenarios })

  t.match(known, { cell: 'process killed', than: 'milder', known: { columns: 3, runs: 0 } })
  t.equal(decidersText(known?.columns ?? []), 'reference, policy morse; kvmtool')
  t.end()
})

void t.test('runs that are kept count as the matrix does, but neither the run itself nor one of another fault', (t) => {
  const runs = [
    run({}),
    run({ id: 'b', cell: 'recovered' }),
    run({ id: 'c', cell: 'recovered', fault: 'other' }),
    run({ id: 'd', cell: 'recovered', state: 'failed' })
  ]
  const known = sameFault(run({}), { runs, matrix: MATRIX, scenarios })

  t.match(known, { cell: 'recovered', than: 'milder', known: { columns: 3, runs: 1 } })
  t.strictSame(
    known?.runs.map(({ id }) => id),
    ['b']
  )
  t.strictSame(known?.columns, [])
  t.end()
})

void t.test('where nothing has been run of a fault, nothing is said of it', (t) => {
  t.equal(sameFault(run({ fault: 'new' }), { runs: [], matrix: MATRIX, scenarios }), undefined)
  t.equal(
    sameFault({ id: 'old', state: 'ended', cell: 'recovered' }, { runs: [], matrix: MATRIX, scenarios }),
    undefined
  )
  t.equal(sameFault(run({}), { runs: [], matrix: undefined, scenarios }), undefined)
  t.match(sameFault(run({ cell: 'recovered' }), { runs: [], matrix: MATRIX, scenarios }), { than: 'worse' })
  t.match(sameFault(run({ cell: 'process killed' }), { runs: [], matrix: MATRIX, scenarios }), { than: 'same' })
  t.end()
})
