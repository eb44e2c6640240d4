import fc from 'fast-check'
import t from 'tap'
import { cursorOf, placeOf } from '../../services/console/cursor.ts'

const place = fc.record({
  epochMs: fc.option(fc.integer({ min: 0, max: 2 ** 45 }), { nil: undefined }),
  after: fc.maxSafeNat()
})

void t.test('a cursor is read as the place that it was made of, and needs no quoting in a URL', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(place, { minLength: 6, maxLength: 6 }), (order, places) => {
      const cursor = cursorOf({ order, places })
      const read = placeOf(cursor, 6)
      return encodeURIComponent(cursor) === cursor && JSON.stringify(read) === JSON.stringify({ order, places })
    })
  )
  t.strictSame(placeOf(undefined, 2), {
    order: 0,
    places: [
      { epochMs: undefined, after: 0 },
      { epochMs: undefined, after: 0 }
    ]
  })
})

void t.test('what is no cursor of as many journals is refused', async (t) => {
  const good = cursorOf({ order: 3, places: [{ epochMs: 5, after: 7 }] })
  for (const bad of ['', '7', `${good}~0.0`, good.replace('j1', 'j2'), `${good}!`, 'j1~3', 'j1~3~5', 'j1~~5.7']) {
    t.throws(() => placeOf(bad, 1), /a cursor is taken as it stands/, bad)
  }
})
