import t from 'tap'
import { signal } from '@preact/signals'
import { rowAt } from '../../web/model/layout.ts'
import { runBeside } from '../../web/model/run-steps.ts'
import { titleOf } from '../../web/model/title.ts'
import { verdictThen } from '../../web/state/verdict-then.ts'
import { visibleRows } from '../../shared/rows/visible.ts'
import { played } from './played.ts'

void t.test('the sentence says what had happened by the moment that is looked at', async (t) => {
  const model = await played('01-story')
  const at = signal(Infinity)
  const then = verdictThen({ model, at, version: signal(1) })
  const kill = model.rows.find(({ entry }) => entry.type === 'guest.signal')?.place ?? 0
  const saysAt = (place: number) => {
    at.value = place
    return then.value?.text
  }

  t.match(saysAt(model.faultAt ?? 0), /nothing has ended yet$/)
  t.notMatch(saysAt(kill - 1), /killed/)
  t.match(saysAt(kill), /^redis was killed by BUS_MCEERR_AR/)
  t.equal(saysAt(model.length), undefined)
  t.equal(saysAt(Infinity), undefined)
})

void t.test('every moment has the row or the fold that it lies in', async (t) => {
  const run = await played('01-story')
  const visible = visibleRows(run, { everything: false, open: new Set<number>(), selected: undefined })

  for (const { place } of run.rows) {
    const one = visible[rowAt(visible, place) ?? -1]
    t.ok(one?.kind === 'row' ? one.row.place === place : one?.rows.some((row) => row.place === place), `#${place}`)
  }
  t.equal(rowAt(visible, Infinity), visible.length - 1)
  t.equal(rowAt([], 1), undefined)
})

void t.test('keys lead from run to run and stay at the ends', (t) => {
  t.equal(runBeside('j', 0, 3), 1)
  t.equal(runBeside('ArrowDown', 1, 3), 2)
  t.equal(runBeside('j', 3, 3), 3)
  t.equal(runBeside('k', 1, 3), 1)
  t.equal(runBeside('ArrowUp', 3, 3), 2)
  t.same([runBeside('Home', 2, 3), runBeside('End', 2, 3)], [1, 3])
  t.equal(runBeside('x', 1, 3), undefined)
  t.equal(runBeside('j', 0, 0), undefined)
  t.end()
})

void t.test('a tab is called by what it shows', (t) => {
  t.equal(titleOf({ view: 'run', run: 'a' }, 'redis was killed'), 'redis was killed · seabus')
  t.equal(titleOf({ view: 'run', run: 'a' }, undefined), 'Run a · seabus')
  t.equal(titleOf({ view: 'machine', machine: 'm0' }, 'the host goes on'), 'm0: the host goes on · seabus')
  t.equal(titleOf({ view: 'compare', left: 'a', right: 'b' }, undefined), 'a and b compared · seabus')
  t.equal(titleOf({ view: 'compare', left: 'a', right: '' }, undefined), 'Compare · seabus')
  t.same(
    [titleOf({ view: 'matrix' }, undefined), titleOf({ view: 'runs' }, undefined)],
    ['Matrix · seabus', 'Runs · seabus']
  )
  t.end()
})
