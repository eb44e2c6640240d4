import t from 'tap'
import { DELETING_PLAYS } from './deleting.ts'
import { DELETING_PLANTS } from './plants.ts'
import { FuzzRoom } from './room.ts'
import { played, runSeed } from './run.ts'
import { reportOf, shrink } from './shrink.ts'

const SEEDS = 80
const PLANTED_SEEDS = 20

t.setTimeout(0)

void t.test('a machine that is deleted stays away, and what others do is not touched by it', async (t) => {
  for (const play of DELETING_PLAYS) t.match((await played(play, new FuzzRoom())).outcome, { host: /./ }, play.name)
  for (let seed = 0; seed < SEEDS; seed++) {
    const { wrongs } = await runSeed(seed, { plays: DELETING_PLAYS })
    if (wrongs.length > 0) t.fail(reportOf(await shrink(seed, { plays: DELETING_PLAYS })))
  }
})

for (const [name, plant] of Object.entries(DELETING_PLANTS)) {
  void t.test(`found within ${PLANTED_SEEDS} seeds: ${name}`, async (t) => {
    for (let seed = 0; seed < PLANTED_SEEDS; seed++) {
      const { wrongs } = await runSeed(seed, { plays: DELETING_PLAYS, plant })
      if (wrongs.length > 0) return void t.pass(`seed ${seed}: ${wrongs[0]}`)
    }
    t.fail('not found')
  })
}
