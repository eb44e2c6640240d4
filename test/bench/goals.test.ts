import t from 'tap'
import type { Figure } from '../../bench/figure.ts'
import { GOALS, judge, type Goal } from '../../bench/goals.ts'
import { LEG_NAMES } from '../../bench/legs.ts'

const start = (value: number): Figure => ({ name: 'npm start', unit: 's', value, goals: ['start'] })
const throughput = (value: number, ring?: number): Figure => ({
  name: 'throughput',
  unit: 'stories/s',
  value,
  ...(ring !== undefined && { ring }),
  goals: ['throughput']
})
const verdictOn = (goal: Goal, figures: readonly Figure[]) =>
  judge([goal.leg], figures).find((verdict) => verdict.goal === goal)

void t.test('a goal "at most" is met up to the goal itself', async (t) => {
  t.match(verdictOn(GOALS.start, [start(2)]), { measured: 2, met: true })
  t.match(verdictOn(GOALS.start, [start(2.01)]), { measured: 2.01, met: false })
})

void t.test('a goal in relation to the ring is judged by the ratio, "at least" from the goal on', async (t) => {
  t.match(verdictOn(GOALS.throughput, [throughput(40, 100)]), { measured: 0.4, met: true })
  t.match(verdictOn(GOALS.throughput, [throughput(39, 100)]), { measured: 0.39, met: false })
  t.throws(() => judge(['seven-processes'], [throughput(40)]), RangeError, 'without a ring there is nothing to judge')
})

void t.test('what no figure is held to is missed', async (t) => {
  const unheld: Figure = { name: 'npm start', unit: 's', value: 1 }

  t.match(verdictOn(GOALS.start, [unheld]), { measured: undefined, met: false })
})

void t.test('only the goals of the legs that ran are judged, and all of these', async (t) => {
  t.strictSame(
    judge(['start-up'], []).map(({ goal }) => goal),
    [GOALS.help, GOALS.start]
  )
  t.equal(judge(LEG_NAMES, []).length, Object.keys(GOALS).length)
  t.strictSame(judge(['matrix'], []), [])
})

void t.test('a figure in other units than its goal is a mistake', async (t) => {
  t.throws(() => judge(['start-up'], [{ ...start(1), unit: 'ms' }]), /in s, npm start in ms/)
})
