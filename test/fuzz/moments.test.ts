import t from 'tap'
import { MODELS } from '../../services/layers.ts'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import type { Moment } from './instance.ts'
import { STORY_PLAYS, type Play } from './plays.ts'
import { FuzzRoom, type RoomOptions } from './room.ts'
import { played, undisturbedRun, unfounded, wrongsOf } from './run.ts'
import type { Way } from './ways.ts'

t.setTimeout(0)

const [story, counterExample] = STORY_PLAYS
const WAYS: readonly Way[] = ['post', 'link']
/** A crash is the same whatever finds it out, and whatever a restart reads back: each moment is tried in one of these ways. */
const TRIES: readonly { readonly way: Way; readonly history?: number }[] = [
  { way: 'post' },
  { way: 'link' },
  { way: 'post', history: 0 },
  { way: 'link', history: 4 }
]

type Crashes = NonNullable<RoomOptions['crashes']>

/** How often each layer comes to each moment when nothing goes wrong, machine creation and all. */
async function momentsOf(
  play: Play,
  options: Pick<RoomOptions, 'way' | 'history'>
): Promise<ReadonlyMap<Layer, readonly Moment[]>> {
  const moments = new Map<Layer, Moment[]>(MODELS.map(({ layer }) => [layer, []]))
  const crashes: Crashes = (layer, moment) => {
    moments.get(layer)?.push(moment)
    return false
  }
  await played(play, new FuzzRoom({ ...options, crashes }))
  return moments
}

/** Crashes a layer at its moments of these numbers, counted over all of its lives. */
function at(victim: Layer, ...numbers: readonly number[]): Crashes {
  let count = 0
  return (layer) => layer === victim && numbers.includes(count++)
}

for (const play of [story, counterExample]) {
  void t.test(`${play.name}: every layer is killed at every moment, and nothing is lost or done twice`, async (t) => {
    let runs = 0
    for (const [turn, options] of TRIES.entries()) {
      for (const [layer, moments] of await momentsOf(play, options)) {
        const wrong: string[] = []
        for (const [number, moment] of moments.entries()) {
          if (number % TRIES.length !== turn) continue
          runs++
          const wrongs = await wrongsOf(play, { ...options, crashes: at(layer, number) })
          if (wrongs.length > 0) wrong.push(`moment ${number}, ${moment}: ${wrongs.join('; ').slice(0, 300)}`)
        }
        const { way, history = 'all' } = options
        t.strictSame(wrong, [], `${layer} by ${way}, ${history} inputs kept: ${moments.length} moments`)
        t.ok(moments.length >= 10, 'it has some')
      }
    }
    t.comment(`${runs} runs`)
  })
}

/** What happens to a layer, with its neighbours, as soon as something is kept and before anybody knows. */
const FATES: Readonly<Record<string, (layer: Layer, number: number) => RoomOptions>> = {
  'killed, and again before it has caught up': (layer, number) => ({
    crashes: at(layer, number, number + 2, number + 5)
  }),
  'killed, and away for a while': (layer, number) => ({ crashes: at(layer, number), awayNs: () => 2e9 }),
  'killed with all others': (layer, number) => {
    const dies = at(layer, number)
    let room: FuzzRoom | undefined
    return {
      made: (made) => (room = made),
      crashes: (each, moment, id) => {
        const now = dies(each, moment, id)
        if (now) for (const other of LAYERS) if (other !== layer) room?.crash(other)
        return now
      }
    }
  }
}

for (const [fate, of] of Object.entries(FATES)) {
  void t.test(`the story: when a layer has kept what it took in, each time, it is ${fate}`, async (t) => {
    for (const [layer, moments] of await momentsOf(story, { way: 'link' })) {
      const wrong: string[] = []
      let turns = 0
      for (const [number, moment] of moments.entries()) {
        if (moment !== 'flushed') continue
        const way = WAYS[turns++ % WAYS.length] ?? 'post'
        const wrongs = await wrongsOf(story, { way, ...of(layer, number) })
        if (wrongs.length > 0) wrong.push(`turn ${turns} by ${way}: ${wrongs.join('; ').slice(0, 300)}`)
      }
      t.strictSame(wrong, [], `${layer}: ${turns} turns`)
      t.ok(turns > 0, 'it has some')
    }
  })
}

void t.test('a policy that is down is replaced by the fallback, and the journal says so', async (t) => {
  for (const way of WAYS) {
    const room = new FuzzRoom({ way, absent: ['policy'] })
    const { journal, outcome } = await played(story, room, 200)
    const decisions = journal.filter(({ type }) => type === 'policy.decide')

    t.match(outcome, { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } }, way)
    t.match(
      decisions.filter(({ kind }) => kind === 'answer'),
      [{ fallback: true }, { fallback: true }]
    )
    t.match(
      decisions.filter(({ kind }) => kind === 'message'),
      [{ layer: 'vmm' }, { layer: 'vmm' }],
      'the VMM keeps the questions that nobody took in'
    )
    t.strictSame(room.watch.violations, [])
  }
})

void t.test(
  'a policy that goes while it is asked is replaced by the fallback, and what it said late changes nothing',
  async (t) => {
    const moments = (await momentsOf(story, { way: 'post' })).get('policy') ?? []
    const fallbacks = new Set<number>()
    for (const number of moments.keys()) {
      const room = new FuzzRoom({ way: WAYS[number % 2] ?? 'post', crashes: at('policy', number), awayNs: () => 1e9 })
      const { journal, outcome } = await played(story, room, 200)

      t.match(outcome, { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
      t.strictSame(unfounded(journal), [])
      t.strictSame(room.watch.violations, [])
      fallbacks.add(journal.filter(({ fallback }) => fallback === true).length)
    }
    t.ok(fallbacks.has(0) && fallbacks.has(1), 'some were in time and some were not')
  }
)

void t.test('without faults the story over this network is the story', async (t) => {
  const { outcome } = await undisturbedRun(story)

  t.match(outcome, {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    poisonedPages: { host: 1, guest: 1 },
    tasks: { redis: 'killed', nginx: 'completed' },
    guest: 'running'
  })
  t.match((await undisturbedRun(counterExample)).outcome, { guest: 'panicked', avoidablePanic: true })
  for (const play of [story, counterExample]) t.strictSame(unfounded((await undisturbedRun(play)).journal), [])
})
