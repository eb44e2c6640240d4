import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadHere } from '../../bench/machine.ts'
import { directoryOfProcess } from '../../bench/processes/directory.ts'
import { runSeed } from '../fuzz/run.ts'
import { reportOf, shrink } from '../fuzz/shrink.ts'
import { seenOn, table, writeSection } from '../reliability/page.ts'
import { decay } from './decays.ts'
import { startFleet } from './fleet.ts'
import { countOf, nothingFound, type Found } from './found.ts'
import { disturbStories } from './processes.ts'
import { mixVersions } from './versions.ts'

const HELP = `npm run chaos [-- OPTIONS]

Tells stories while things go wrong, and looks for what is lost, done twice, stuck or not noticed. In virtual time first:
every seed plays a story or a shipped scenario on six services that crash, over a network that loses, repeats, delays, cuts and
reorders, on disks that fill. Then with real processes, which are killed and stopped, whose connections are cut and whose
clocks are set; then their data decay, and other versions meet them. Exits 1 when anything was wrong, and says how to see it
again.

  --seed N       the first seed; default 0
  --stories N    seeds in virtual time; default 5000
  --real N       stories with real processes; default 100; 0: none
  --decays N     decays of the data of each layer; default 110
  --minutes M    ends each part after so long, with what it has seen by then; default 60
  --write        writes what was seen into docs/reliability.md
  --help         this text`

const number = (value: string) => ({ type: 'string', default: value }) as const
const flag = { type: 'boolean', default: false } as const
const { values } = parseArgs({
  options: {
    seed: number('0'),
    stories: number('5000'),
    real: number('100'),
    decays: number('110'),
    minutes: number('60'),
    write: flag,
    help: flag
  }
})

const progress = (line: string) => void process.stderr.write(`${line}\n`)

interface Limits {
  readonly seed: number
  readonly stories: number
  readonly ms: number
}

async function virtual({ seed: first, stories, ms }: Limits): Promise<Found> {
  const found = nothingFound()
  const until = Date.now() + ms
  for (let seed = first; seed < first + stories && Date.now() < until; seed++) {
    const { wrongs, faults } = await runSeed(seed)
    found.stories++
    for (const { what } of faults) found.faults.set(what, (found.faults.get(what) ?? 0) + 1)
    if (wrongs.length > 0) progress(reportOf(await shrink(seed)))
    found.wrongs.push(...wrongs)
    if (found.stories % 1000 === 0) progress(`virtual time: ${found.stories} stories`)
  }
  return found
}

async function real({ seed, stories, ms }: Limits, decays: number): Promise<Readonly<Record<string, Found>>> {
  const data = join(directoryOfProcess(), 'data')
  const [processes, versions, decayed] = [nothingFound(), nothingFound(), nothingFound()]
  const fleet = await startFleet(data)
  try {
    await disturbStories(fleet, { seed, stories, until: Date.now() + ms }, processes)
    progress(`real processes: ${processes.stories} stories`)
    await mixVersions(fleet, data, versions)
  } finally {
    await fleet.end()
  }
  decay(data, { seed, count: decays }, decayed)
  return { 'real processes': processes, 'versions mixed': versions, 'data that decay': decayed }
}

/** Of what was wrong so much is on the page. */
const MOST_TOLD = 20

const sumOf = ({ faults }: Found) => [...faults.values()].reduce((sum, count) => sum + count, 0)

function textOf(parts: Readonly<Record<string, Found>>): string {
  const rows = Object.entries(parts).map(([name, found]) => [
    name,
    String(found.stories),
    String(sumOf(found)),
    String(countOf(found, /\blost\b/)),
    String(countOf(found, /\btwice\b/)),
    String(countOf(found, /\b(stuck|for ever)\b/)),
    String(countOf(found, /\bunnoticed\b/)),
    String(found.wrongs.length)
  ])
  const head = ['', 'stories', 'faults', 'lost', 'doubled', 'stuck', 'unnoticed', 'wrong in any way']
  const faults = Object.entries(parts).map(([name, found]) => {
    const counts = [...found.faults].map(([what, count]) => `${what} ${count}`)
    return `- ${name}: ${counts.join('; ')}`
  })
  const wrongs = Object.values(parts).flatMap((found) => found.wrongs)
  const told = wrongs.slice(0, MOST_TOLD).map((wrong) => `- ${wrong.slice(0, 300)}`)
  const wrong = told.length === 0 ? [] : ['', 'What that did which must not be:', '', ...told]
  return [table(head, rows), 'What was done, and how often:', '', ...faults, ...wrong, ''].join('\n')
}

if (values.help) {
  console.log(HELP)
} else {
  const load = loadHere()
  const seed = Number(values.seed)
  const ms = Number(values.minutes) * 60_000
  const parts: Record<string, Found> = { 'virtual time': await virtual({ seed, stories: Number(values.stories), ms }) }
  const count = Number(values.real)
  if (count > 0) Object.assign(parts, await real({ seed, stories: count, ms }, Number(values.decays)))
  const text = `${textOf(parts)}\nSeeds from ${seed} on. ${seenOn(load)}\n`
  console.log(text)
  const wrongs = Object.values(parts).flatMap((found) => found.wrongs)
  for (const wrong of wrongs.slice(0, 50)) console.error(wrong)
  if (wrongs.length > 0) {
    console.error(`Again: npm run chaos -- --seed ${seed} --stories ${values.stories} --real ${values.real}`)
    process.exitCode = 1
  }
  if (values.write) writeSection('chaos', text)
}
