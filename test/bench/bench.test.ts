import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bench, type Ports } from '../../bench/bench.ts'
import type { Figure, Result } from '../../bench/figure.ts'
import { GOALS, type Goal, type GoalName } from '../../bench/goals.ts'
import { LEG_NAMES, type LegName } from '../../bench/legs.ts'
import { OptionsError } from '../../bench/options.ts'

/** A figure that meets its goal exactly, or misses it by a tenth. */
function figureFor(name: GoalName, isMet: boolean): Figure {
  const { goal, unit, direction }: Goal = GOALS[name]
  const value = isMet ? goal : goal * (direction === 'at least' ? 0.9 : 1.1)
  const of = unit === 'x ring' ? ({ unit: 'ms', ring: 1 } as const) : { unit }
  return { name: `of ${name}`, value, goals: [name], ...of }
}

/** A bench whose legs have these figures: all that meet their goals, but those that are to miss. */
function injected(page: string, missed: readonly GoalName[] = [], lost: readonly GoalName[] = []) {
  const ran: string[] = []
  const ports: Ports = {
    page,
    progress: () => undefined,
    runLeg: async (leg, scale): Promise<Result> => {
      ran.push(`${leg} ${scale}`)
      const names = (Object.keys(GOALS) as GoalName[]).filter((name) => GOALS[name].leg === leg && !lost.includes(name))
      return {
        figures: names.map((name) => figureFor(name, !missed.includes(name))),
        warmUps: [{ what: 'both', count: 700, of: 'stories', seconds: 12.345 }],
        notes: [`Notes on ${leg}.`]
      }
    }
  }
  return { ports, ran }
}

void t.test('--check exits 0 when every goal is met', async (t) => {
  const { ports } = injected('nowhere')
  const { exitCode, output } = await bench(['--check'], ports)

  t.equal(exitCode, 0)
  t.match(output, `${Object.keys(GOALS).length} of ${Object.keys(GOALS).length} goals met`)
})

for (const name of Object.keys(GOALS) as GoalName[]) {
  void t.test(`--check exits 1 when ${GOALS[name].name} is missed or not measured`, async (t) => {
    const missed = await bench(['--check'], injected('nowhere', [name]).ports)
    const lost = await bench(['--check'], injected('nowhere', [], [name]).ports)

    t.equal(missed.exitCode, 1)
    t.match(
      missed.output.split('\n').find((line) => line.startsWith(`| ${GOALS[name].name} `)),
      '**missed**'
    )
    t.equal(lost.exitCode, 1)
    t.match(lost.output, 'not measured')
  })
}

void t.test('without --check a missed goal is said, and no failure', async (t) => {
  const { exitCode, output } = await bench([], injected('nowhere', ['start']).ports)

  t.equal(exitCode, 0)
  t.match(output, '**missed**')
})

void t.test('--only runs these legs, in the order of the table, and judges their goals', async (t) => {
  const { ports, ran } = injected('nowhere', ['latency'])
  const { exitCode } = await bench(['--only', 'start-up, in-process', '--quick', '--check'], ports)

  t.strictSame(ran, ['in-process quick', 'start-up quick'])
  t.equal(exitCode, 0, 'the leg that misses did not run')
})

void t.test('--write writes the page: the machine, each goal, each leg, how long it warmed up', async (t) => {
  const page = join(t.testdir(), 'performance.md')
  await bench(['--write'], injected(page, ['cpu']).ports)
  const text = readFileSync(page, 'utf8')

  t.match(text, `| Node | ${process.version} |`)
  t.match(text, /^\| cores \| \d+ \|$/m)
  t.match(text, '| `npm start -- --once` | at most 2 s | 2 s | met |')
  t.match(text, /CPU a story.* \| at most 2.2 ms \| 2.42 ms \| \*\*missed\*\* \|/)
  t.match(text, '| of latency | 1.5 ms | 1 ms | 1.5 |', 'beside the ring')
  for (const leg of LEG_NAMES) t.match(text, `Notes on ${leg}.`)
  t.match(text, 'Warm-up, both: 700 stories, 12.3 s.')
})

void t.test('a page of some legs is not written', async (t) => {
  const page = join(t.testdir(), 'performance.md')
  const { ports, ran } = injected(page)

  await t.rejects(bench(['--write', '--only', 'matrix'], ports), { constructor: OptionsError, message: /all legs/ })
  t.strictSame(ran, [], 'nor anything measured')
  t.notOk(existsSync(page))
})

void t.test('a page of a quick look says so', async (t) => {
  const page = join(t.testdir(), 'performance.md')
  await bench(['--write', '--quick'], injected(page).ports)
  t.match(readFileSync(page, 'utf8'), 'Measured with `--quick`')
  await bench(['--write'], injected(page).ports)
  t.notMatch(readFileSync(page, 'utf8'), 'Measured with `--quick`')
})

void t.test('a mistake in the arguments names what there is', async (t) => {
  const { ports } = injected('nowhere')

  await t.rejects(bench(['--only', 'matrx'], ports), /"matrx"; known: in-process,/)
  await t.rejects(bench(['--fast'], ports), /--help/)
  t.match((await bench(['--help'], ports)).output, '--quick')
})

void t.test('the page that is shipped has each goal as the table has it', async (t) => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')

  for (const { name, direction, goal, unit } of Object.values<Goal>(GOALS)) {
    t.match(page, `| ${name} | ${direction} ${goal} ${unit} |`)
  }
  const titles: readonly LegName[] = LEG_NAMES
  t.equal(page.match(/^## /gm)?.length, titles.length + 1, 'a part for the goals, and one for each leg')
})
