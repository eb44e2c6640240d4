import t from 'tap'
import fc from 'fast-check'
import { linkTo, routeOf, type Route } from '../../web/model/permalink.ts'

const id = fc.string({ minLength: 1, unit: 'grapheme' })
const place = fc.integer({ min: 1, max: 99_999_999 })
const field = fc.record({ format: fc.nat(999), field: fc.nat(99_999) })

void t.test('a link leads to what it was made of, whatever the run is called', (t) => {
  const routes: fc.Arbitrary<Route> = fc.oneof(
    fc.constantFrom<Route>({ view: 'runs' }, { view: 'matrix' }, { view: 'inject' }),
    fc.record({ view: fc.constant('compare' as const), left: id, right: id }),
    fc.record({ view: fc.constant('machine' as const), machine: id }),
    fc.record({ view: fc.constant('machine' as const), machine: id, place, field }),
    fc.record({ view: fc.constant('run' as const), run: id }),
    fc.record({ view: fc.constant('run' as const), run: id, place }),
    fc.record({ view: fc.constant('run' as const), run: id, place, field }),
    fc.record({ view: fc.constant('run' as const), run: id, place, field, moment: place }),
    fc.record({ view: fc.constant('run' as const), run: id, moment: place }),
    fc.record({ view: fc.constant('machine' as const), machine: id, place, moment: place })
  )
  fc.assert(
    fc.property(routes, (route) => {
      const found = routeOf(linkTo(route))
      t.same(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(route)))
    }),
    { seed: 1, numRuns: 300 }
  )
  t.end()
})

void t.test('an address that leads nowhere leads to the list, and a wrong part of one is left out', (t) => {
  for (const hash of ['', '#', '#/', '#/nothing', '#/run', '#/run/']) t.same(routeOf(hash), { view: 'runs' }, hash)
  t.match(routeOf('#/run/r1/minus/f0.1'), { view: 'run', run: 'r1', place: undefined })
  t.match(routeOf('#/run/r1/0'), { place: undefined })
  t.match(routeOf('#/run/r1/12/f9'), { place: 12, field: undefined })
  t.match(routeOf('#/run/r1/at0'), { place: undefined, moment: undefined })
  t.match(routeOf('#/run/r1/12/at40'), { place: 12, field: undefined, moment: 40 })
  t.match(routeOf('#/run/%E0%A4%A'), { run: '%E0%A4%A' }, 'no text at all')
  t.end()
})
