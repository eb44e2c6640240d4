import t from 'tap'
import { wholeNumber } from '../../shared/service/environment.ts'
import { STORY_PLAYS } from './plays.ts'
import { runSeed } from './run.ts'
import { reportOf, shrink } from './shrink.ts'

/** So many seeds, from the first. More find more: SEABUS_FUZZ_SEEDS=100000 SEABUS_FUZZ_FIRST=1000. */
const SEEDS = wholeNumber(process.env, 'SEABUS_FUZZ_SEEDS') ?? 1000
const FIRST = wholeNumber(process.env, 'SEABUS_FUZZ_FIRST') ?? 0

t.setTimeout(0)

void t.test(`whatever goes wrong, nothing is lost and nothing happens twice: ${SEEDS} seeds`, async (t) => {
  const happened = new Map<string, number>()
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const { wrongs, faults } = await runSeed(seed)
    for (const { what } of faults) happened.set(what, (happened.get(what) ?? 0) + 1)
    if (wrongs.length > 0) t.fail(reportOf(await shrink(seed)))
  }

  t.comment([...happened].map(([what, count]) => `${what} ${count}`).join(', '))
  const all = [
    'crash',
    'lost',
    'unanswered',
    'slow',
    'twice',
    'cut',
    'cutBehind',
    'silence',
    'reset',
    'full',
    'again',
    'overtaken'
  ]
  t.strictSame(
    all.filter((what) => SEEDS >= 1000 && !happened.has(what)),
    [],
    'every kind of fault has happened'
  )
})

void t.test('a seed says all that happens', async (t) => {
  const tell = async () => {
    const lines: string[] = []
    await runSeed(62, { plays: STORY_PLAYS, trace: (line) => lines.push(line) })
    return lines
  }
  const lines = await tell()

  t.ok(lines.length > 100)
  t.strictSame(await tell(), lines)
})
