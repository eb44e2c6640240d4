import t from 'tap'
import { median, percentile, ratio, sum } from '../../bench/statistics.ts'

void t.test('a percentile is a value that was measured: the least that so many do not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  t.equal(percentile(hundred, 50), 50)
  t.equal(percentile(hundred, 99), 99)
  t.equal(percentile(hundred, 100), 100)
  t.equal(percentile([7], 99), 7, 'of one value it is that')
  t.equal(percentile([3, 1, 2], 0), 1)
  t.equal(median([10, 9, 100]), 10, 'numbers are compared as numbers')
})

void t.test('nothing measured has no percentile', async (t) => {
  t.throws(() => percentile([], 50), RangeError)
  t.throws(() => percentile([Number.NaN], 50), RangeError)
})

void t.test('a ratio to what was not measured is none', async (t) => {
  t.equal(ratio(3, 2), 1.5)
  t.throws(() => ratio(3, 0), RangeError)
  t.throws(() => ratio(3, Number.NaN), RangeError)
  t.throws(() => ratio(Number.NaN, 2), RangeError)
})

void t.test('a sum is of all', async (t) => {
  t.equal(sum([1, 2, 3]), 6)
  t.equal(sum([]), 0)
})
