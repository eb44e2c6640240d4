import fc from 'fast-check'
import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'

void t.test(
  'timers fire in order of their time, those of one time in order of their setting; cancelled ones never',
  async (t) => {
    const timers = fc.array(fc.record({ ns: fc.nat(9), cancelled: fc.boolean() }), { maxLength: 40 })

    fc.assert(
      fc.property(timers, fc.nat(9), (set, pause) => {
        const clock = virtualClock()
        const fired: { index: number; at: number }[] = []
        const cancels = set.map(({ ns }, index) => clock.setTimer(ns, () => fired.push({ index, at: clock.now() })))
        set.forEach(({ cancelled }, index) => cancelled && cancels[index]?.())
        const expected = set
          .map(({ ns, cancelled }, index) => ({ index, at: ns, cancelled }))
          .filter(({ cancelled }) => !cancelled)
          .toSorted((a, b) => a.at - b.at || a.index - b.index)
          .map(({ index, at }) => ({ index, at }))

        t.equal(clock.nextTimer(), expected[0]?.at)
        clock.advance(pause)
        t.strictSame(
          fired,
          expected.filter(({ at }) => at <= pause)
        )
        clock.advance(9 - pause)
        t.strictSame(fired, expected)
        t.equal(clock.nextTimer(), undefined)
      })
    )
  }
)
