import t from 'tap'
import { PLANTS } from './plants.ts'
import { STORY_PLAYS } from './plays.ts'
import { runSeed, type Found, type SeedOptions } from './run.ts'
import { reportOf, shrink } from './shrink.ts'

const SEEDS = 500

t.setTimeout(0)

async function firstFailure(options: SeedOptions): Promise<Found | undefined> {
  for (let seed = 0; seed < SEEDS; seed++) {
    const found = await runSeed(seed, options)
    if (found.wrongs.length > 0) return found
  }
  return undefined
}

for (const [name, plant] of Object.entries(PLANTS)) {
  void t.test(`found within ${SEEDS} seeds: ${name}`, async (t) => {
    const options = { plant, plays: STORY_PLAYS }
    const found = await firstFailure(options)
    if (found === undefined) return void t.fail('not found')

    t.comment(`seed ${found.seed}: ${found.wrongs[0]}`)
    const shrunk = await shrink(found.seed, options)
    t.ok(shrunk.wrongs.length > 0, 'it still fails with fewer faults')
    t.ok(shrunk.faults.length <= found.faults.length)
    t.comment(reportOf(shrunk))
    const again = await runSeed(found.seed, {
      ...options,
      only: new Set(shrunk.faults.map(({ id }) => id))
    })
    t.strictSame(again.wrongs, shrunk.wrongs, 'and again in the same way')
  })
}
