import type { Figure, Result, Scale } from '../figure.ts'
import type { GoalName } from '../goals.ts'
import { newDirectory } from '../processes/directory.ts'
import { portBase } from '../processes/ports.ts'
import { timed } from '../processes/timed.ts'
import { median } from '../statistics.ts'

const RUNS = { full: 5, quick: 2 } as const

interface Start {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly goal?: GoalName
}

function starts(cache: string, base: number): readonly Start[] {
  const help = [process.execPath, 'cli/seabus.ts', '--help'] as const
  const once = ['npm', 'start', '--', '--once'] as const
  const ports = { SEABUS_PORT_BASE: String(base) }
  const cold = { NODE_DISABLE_COMPILE_CACHE: '1' }
  const warm = { NODE_COMPILE_CACHE: cache }
  const named = (what: string, how: string) => `\`${what}\`, ${how}`
  const [helpName, onceName] = ['node cli/seabus.ts --help', 'npm start -- --once']
  return [
    { name: named(helpName, 'without a compile cache'), command: help, env: cold },
    { name: named(helpName, 'as it is'), command: help, env: {} },
    { name: named(helpName, 'warm compile cache'), command: help, env: warm, goal: 'help' },
    { name: named(onceName, 'without a compile cache'), command: once, env: { ...ports, ...cold } },
    { name: named(onceName, 'as it is'), command: once, env: ports, goal: 'start' },
    { name: named(onceName, 'warm compile cache'), command: once, env: { ...ports, ...warm } }
  ]
}

/** Throws when the command fails. */
async function secondsOf({ name, command, env }: Start): Promise<number> {
  const { seconds, code } = await timed(command, env)
  if (code !== 0) throw new Error(`${name} exits ${code}`)
  return seconds
}

export async function run(scale: Scale): Promise<Result> {
  const all = starts(newDirectory(), await portBase())
  const begun = performance.now()
  for (const start of all) await secondsOf(start)
  const warmUpSeconds = (performance.now() - begun) / 1000
  const seconds = new Map(all.map((start) => [start, [] as number[]]))
  for (let turn = 0; turn < RUNS[scale]; turn++) {
    for (const [start, measured] of seconds) measured.push(await secondsOf(start))
  }
  return {
    figures: [...seconds].map(([{ name, goal }, measured]): Figure => {
      const goals = goal === undefined ? {} : { goals: [goal] }
      return { name, unit: 's', value: median(measured), ...goals }
    }),
    warmUps: [
      { what: 'one run of each, which fills the caches', count: all.length, of: 'commands', seconds: warmUpSeconds }
    ],
    notes: [`The median of ${RUNS[scale]} runs.`]
  }
}
