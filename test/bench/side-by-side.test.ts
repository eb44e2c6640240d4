import t from 'tap'
import { createStage, storyOnTheWire } from '../../bench/in-process.ts'
import { portBase } from '../../bench/processes/ports.ts'
import { ring } from '../../bench/services/ring.ts'
import { sideBySide, SLICE } from '../../bench/services/side-by-side.ts'
import { stories } from '../../bench/services/story.ts'
import { startServices } from '../../bench/services/systems.ts'

const SERVICES = 7

void t.test('stories over services and laps of a ring are run by turns, each to its end', async (t) => {
  const base = await portBase()
  const story = await stories(await startServices({ processes: 'one', over: 'links', durable: false }, base))
  t.teardown(() => story.stop())
  const lap = await ring('one', base + SERVICES, storyOnTheWire())
  t.teardown(() => lap.stop())

  const measured = await sideBySide(story, lap, { warmUp: 2, samples: 3, slices: 1 })

  for (const { times, perSecond, cpu } of [measured.story, measured.ring]) {
    t.equal(times.length, 3)
    t.ok([...times, perSecond, cpu.alone, cpu.together, cpu.all].every((value) => value > 0))
    t.ok(Math.abs(cpu.all * (3 + SLICE) - cpu.alone * 3 - cpu.together * SLICE) < 1e-6, 'CPU of all is of both parts')
  }
})

void t.test('a story has as many messages and answers as its journal', async (t) => {
  const { hops, frameBytes } = storyOnTheWire()

  t.ok(Number.isInteger(hops) && hops > 20, 'from the error to the dead task')
  t.ok(frameBytes > 100)
})

void t.test('in process, a story that was not told to its end is no story', async (t) => {
  for (const journal of [true, false]) {
    const stage = createStage('setUp', journal)
    for (const machine of ['m0', 'm1']) stage.begin(machine)
    stage.story('m0')

    stage.verify(['m0'])
    t.throws(() => stage.verify(['m0', 'm1']), /of m1 have ended as: completed$/)
  }
})
