import t from 'tap'
import { apeiNotify } from '../../shared/contracts/host-kernel.ts'
import { problem } from '../../shared/contracts/problem.ts'
import { LAYERS } from '../../shared/contracts/layer.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { SeededFaults } from './faults.ts'
import { patient, STORY_PLAYS } from './plays.ts'
import type { Plant } from './plant.ts'
import { FuzzRoom } from './room.ts'
import { played, undisturbedRun } from './run.ts'

const POISONED = 'poisoned'
const SEEDS = 40
const HOP_NS = 100_000

const REFUSED: Reply = { kind: 'refused', journalled: false, problem: problem('field-invalid', 'never') }
const GIVEN_UP: Reply = {
  kind: 'refused',
  journalled: false,
  problem: problem('neighbour-refused', 'it fails'),
  tries: 9
}

/** The host kernel never takes a notification of one machine. */
const poison = (reply: Reply): Plant => ({
  engine: (ports, { time }) => ({
    ...ports,
    transport: {
      ...ports.transport,
      deliver(message, done) {
        if (message.machine !== POISONED || message.message.type !== apeiNotify.type) {
          return ports.transport.deliver(message, done)
        }
        let isGivenUp = false
        time.later(HOP_NS, () => {
          if (!isGivenUp) done(reply)
        })
        return () => (isGivenUp = true)
      }
    }
  })
})

void t.test(
  `a message that is never taken harms no other machine, and is kept whatever crashes: ${SEEDS} seeds`,
  async (t) => {
    const [story] = STORY_PLAYS
    const calm = await undisturbedRun(story)
    for (let seed = 0; seed < SEEDS; seed++) {
      const room = new FuzzRoom({
        way: seed % 2 === 0 ? 'link' : 'post',
        faults: new SeededFaults(seed),
        plant: poison(seed % 4 < 2 ? REFUSED : GIVEN_UP)
      })
      // What nobody tells the host kernel does not come to pass, and the rest of the story may be impossible then.
      await story.perform(patient(room.system()), POISONED, room).catch(() => undefined)
      const { outcome } = await played(story, room)

      const letters = room.deadLetters()
      const told = `seed ${seed}`
      t.strictSame(outcome, calm.outcome, told)
      t.strictSame(room.watch.violations, [], told)
      t.ok(letters.length > 0, told)
      t.ok(
        letters.every(
          ({ machine, from, to, type }) =>
            machine === POISONED && from === 'firmware' && to === 'host-kernel' && type === apeiNotify.type
        ),
        told
      )
      t.equal(new Set(letters.map(({ id }) => id)).size, letters.length, told)
      for (const layer of LAYERS) room.crash(layer)
      room.settle()
      t.strictSame(room.deadLetters(), letters, `${told}: they are there after a crash of all`)
    }
  }
)
