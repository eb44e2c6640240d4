import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { AtRest, type Quiet } from '../../shared/engine/at-rest.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { hashOf, SeededFaults } from './faults.ts'
import { patient, STORY_PLAYS } from './plays.ts'
import { FuzzRoom } from './room.ts'

const SEEDS = 40
const MACHINE = 'm0'
/** Between two layers that are looked at. */
const LATER_NS = 3e6
const NOTHING: Quiet = { accepted: 0, sent: 0, delivered: 0, waitingAsks: 0 }

/** Drives a room whose layers are looked at one after the other, while they go on and crash. */
function looking(room: FuzzRoom, seed: number, early: string[]): System {
  const system = room.system()
  let looks = 0
  const laterOn = () => {
    let isOver = false
    room.time.later(hashOf(seed, ++looks) * LATER_NS, () => (isOver = true))
    while (!isOver) room.time.step()
  }
  const inputs = () =>
    MODELLED_LAYERS.flatMap((layer) =>
      room.watch
        .journal(layer)
        .filter(({ kind }) => kind === 'message' || kind === 'answer')
        .map(({ id, kind, from }) => ({ name: `${layer} has ${kind} ${id}`, from }))
    )
  return {
    ...system,
    async settle() {
      const rest = new AtRest()
      for (;;) {
        const looked = MODELLED_LAYERS.map((layer) => {
          laterOn()
          return room.quiescence(layer, MACHINE) ?? NOTHING
        })
        if (rest.look(looked)) break
      }
      const before = new Set(inputs().map(({ name }) => name))
      room.settle()
      const later = inputs().filter(({ name }) => !before.has(name))
      // What a timer leads to was not under way before it fired.
      if (!later.some(({ from }) => from === 'timer')) early.push(...later.map(({ name }) => name))
    }
  }
}

for (const way of ['link', 'post'] as const) {
  for (const history of [undefined, 0]) {
    const kept = history === undefined ? 'all inputs' : 'snapshots'
    void t.test(`by ${way}, with ${kept} kept, no machine is said to be at rest before it is`, async (t) => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const faults = new SeededFaults(seed)
        const room = new FuzzRoom({ way, faults, ...(history === undefined ? {} : { history }) })
        const early: string[] = []
        const play = STORY_PLAYS[seed % 2] ?? STORY_PLAYS[0]
        await play
          .perform(patient(looking(room, seed, early)), MACHINE, room)
          .catch((error: unknown) => early.push(String(error)))
        if (early.length > 0) t.fail(`seed ${seed}: at rest, and then ${early.slice(0, 3).join(', ')}`)
      }
      t.pass(`${SEEDS} seeds`)
    })
  }
}
