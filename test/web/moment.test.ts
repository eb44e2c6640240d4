import t from 'tap'
import { rowAt } from '../../web/model/layout.ts'
import { runBeside } from '../../web/model/run-steps.ts'
import { titleOf } from '../../web/model/title.ts'
import { OpenRun } from '../../web/state/open-run.ts'
import { visibleRows } from '../../shared/rows/visible.ts'
import { journalOf, played } from './played.ts'

void t.test(
  'the sentence says what had happened by the moment that is looked at, and at the end the end',
  async (t) => {
    const run = new OpenRun('a')
    run.append(await journalOf('01-story'))
    run.status.value = 'ended'
    const kill = run.model.rows.find(({ entry }) => entry.type === 'guest.signal')?.place ?? 0
    const saysAt = (place: number) => {
      run.playhead.value = place
      return (run.then.value ?? run.verdict.value).text
    }

    const before = saysAt(run.model.faultAt ?? 0)
    t.match(before, /nothing has ended yet$/)
    t.notMatch(before, /killed/)
    t.notMatch(saysAt(kill - 1), /killed/)
    t.match(saysAt(kill), /^redis was killed by BUS_MCEERR_AR/)
    t.equal(saysAt(Infinity), run.verdict.value.text)
    t.equal(run.then.value, undefined)
    t.equal(saysAt(run.model.length), run.verdict.value.text)
  }
)

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
