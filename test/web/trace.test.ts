import t from 'tap'
import { matches, wordsOf } from '../../web/model/filter.ts'
import { actionOf } from '../../web/model/keys.ts'
import { offsetsOf, PHONE, WIDE } from '../../shared/rows/heights.ts'
import { scrollTo, windowOf } from '../../web/model/layout.ts'
import { staircaseOf } from '../../shared/rows/staircase.ts'
import { stepFrom } from '../../web/model/stepping.ts'
import { ticksOf } from '../../web/model/ticks.ts'
import { jumpBetween, timeText } from '../../shared/rows/time.ts'
import { pathTo, decidingRow } from '../../shared/rows/causes.ts'
import { RunModel } from '../../shared/rows/run-model.ts'
import { indexOfPlaces, lastPlace, placeAbove, visibleRows, type Visible } from '../../shared/rows/visible.ts'
import { sayingOf } from '../../shared/rows/words.ts'
import { played } from './played.ts'

const STORY = { everything: false, open: new Set<number>(), selected: undefined }

void t.test('a window has the rows that it shows and few besides, however many there are', async (t) => {
  const run = await played('05-host-64k-guest-4k')
  const visible = visibleRows(run, { ...STORY, everything: true, open: new Set([1]) })
  const offsets = offsetsOf(visible, WIDE)
  const height = 500

  t.ok(visible.length > 500)
  for (let top = 0; top < (offsets.at(-1) ?? 0) - height; top += 333) {
    const [from, to] = windowOf(offsets, top, height)
    t.ok((offsets[from] ?? 0) <= top && (offsets[to] ?? 0) >= top + height, `${top} is covered`)
    t.ok(to - from < 80, `${to - from} rows`)
  }
})

void t.test('a row is scrolled to only where it is out of sight, and stands higher for a finger', async (t) => {
  const run = await played('01-story')
  const visible = visibleRows(run, { ...STORY, everything: true })
  const offsets = offsetsOf(visible, WIDE)

  t.equal(scrollTo(offsets, 10, 0, 600), undefined)
  t.ok((scrollTo(offsets, 60, 0, 600) ?? 0) > 900)
  t.equal(scrollTo(offsets, 0, 900, 600), 0)
  t.ok((offsetsOf(visible, PHONE).at(-1) ?? 0) > (offsets.at(-1) ?? 0))
})

void t.test('a filter wants all its words, in the words of a row, its parties, its type or its data', async (t) => {
  const run = await played('01-story')
  const found = (query: string) =>
    run.rows.filter((row) => matches(row, wordsOf(query), (one) => sayingOf(run, one))).map(({ entry }) => entry.type)

  t.same(new Set(found('signal vmm mceerr_ar')), new Set(['signal.deliver', 'host.signal', 'policy.decide']))
  t.ok(found('0x7c001000').includes('error.inject'))
  t.same(found('signal.deliver no-such-thing'), [])
  t.equal(found('').length, run.length)
})

void t.test('a step goes to the next row in sight, a hop to the next mark, and both stay at the ends', async (t) => {
  const run = await played('01-story')
  const visible = visibleRows(run, STORY)
  const start = run.faultAt ?? 0
  const typeAt = (place: number | undefined) => run.at(place ?? 0)?.entry.type

  const first = stepFrom(visible, undefined, 1, { start })
  t.equal(typeAt(first), 'error.inject')
  t.equal(typeAt(stepFrom(visible, first, 1)), 'memory.access')
  t.equal(typeAt(stepFrom(visible, first, 1, { hopsOnly: true })), 'exception.take')
  t.equal(stepFrom(visible, first, -1, { hopsOnly: true }), first)
  const last = stepFrom(visible, undefined, -1)
  t.equal(stepFrom(visible, last, 1), last)
})

void t.test('the line of causes has no gap from the access to the kill', async (t) => {
  const run = await played('01-story')
  const visible = visibleRows(run, STORY)
  const indexOf = indexOfPlaces(visible)
  const path = [...pathTo(run, decidingRow(run))]
    .sort((a, b) => a - b)
    .flatMap((place) => run.at(place) ?? [])
    .filter(({ level }) => level !== 'boot')
  const { stretches } = staircaseOf(path, visible, indexOf)
  const from = indexOf.get(path[1]?.place ?? 0) ?? 0
  const to = indexOf.get(path.at(-1)?.place ?? 0) ?? 0

  for (let index = from; index <= to; index++) t.ok(stretches.get(index)?.length, `row ${index}`)
})

void t.test('every entry has its tick, and a jump of time is told', async (t) => {
  const run = await played('16-corrected-storm')
  const ticks = ticksOf(run.rows, run.bootEnd, true)

  t.equal(ticks.length, run.length - run.bootEnd + 1)
  t.ok(ticks.some(({ jump }) => (jump ?? 0) >= 1e9))
})

void t.test('on live services a jump is what a timer took, and never how busy the machine was', async (t) => {
  const there = await played('26-host-told-by-polling')
  const polled = there.rows.find(({ entry }) => entry.type === 'ghes.poll')?.place ?? 0
  const busy = polled - 2
  // Everything from here on comes a minute later.
  const live = new RunModel(
    there.entries.map((entry, at) => ({ ...entry, time: entry.time + (at + 1 >= busy ? 60e9 : 0) }))
  )
  const jumps = (isVirtual: boolean) =>
    ticksOf(live.rows, live.bootEnd, isVirtual).flatMap(({ place, jump }) =>
      jump === undefined ? [] : [{ place, jump }]
    )

  t.same(jumps(true), [{ place: busy, jump: 60e9 }])
  const shown = jumps(false)
  t.ok(shown.every(({ place }) => live.at(place)?.entry.from === 'timer'))
  t.same(shown.find(({ place }) => place === polled)?.jump, 632e6, 'the host polls')

  const story = visibleRows(live, STORY)
  const below = story.findIndex((one) => one.kind === 'row' && one.row.place > polled)
  const above = placeAbove(story, below) ?? 0
  t.ok(above < busy && live.at(above)?.level === 'story', 'what is folded is passed over')
  const waited = jumpBetween(live.rows, above, lastPlace(story[below] as Visible), false)
  t.equal(waited, 632e6, 'what was waited for, without the minute')
})

void t.test('a time is told in the largest unit that fits', (t) => {
  t.same([0, 12, 1500, 2_500_000, 1_632_000_000].map(timeText), ['0', '12 ns', '1.5 µs', '2.5 ms', '1.632 s'])
  t.end()
})

void t.test('keys with Ctrl, Alt or Meta are left to the browser', (t) => {
  const held = { ctrlKey: false, metaKey: false, altKey: false }
  t.equal(actionOf({ key: 'c', ...held }), 'curl')
  t.equal(actionOf({ key: 'c', ...held, ctrlKey: true }), undefined)
  t.equal(actionOf({ key: 'x', ...held }), undefined)
  t.end()
})
