import type { Figure, Result, Scale, WarmUp } from './figure.ts'
import type { Goal, Verdict } from './goals.ts'
import { LEGS, type LegName } from './legs.ts'
import { busyness, type Machine } from './machine.ts'
import { ratio } from './statistics.ts'

export interface Measured {
  readonly legs: readonly { readonly name: LegName; readonly result: Result }[]
  readonly verdicts: readonly Verdict[]
  readonly machine: Machine
  readonly scale: Scale
  /** Load average before and after. */
  readonly load: readonly (number | undefined)[]
  /** `2026-01-31`. */
  readonly date: string
}

const INTRODUCTION = `# Performance

Written by \`npm run bench -- --write\`; the goals are in \`bench/goals.ts\`. \`npm run bench -- --check\` exits 1 when one is
missed. Everything is measured after a warm-up, whose length each part says. On a machine that does something else beside, CPU times
are up to a third longer; wall times are several times as long, and ratios to the ring are worse too, since a story needs
CPU where a lap mostly waits.
`

const QUICK =
  'Measured with `--quick`: a fifth of the warm-up, in which the compiler does not settle, and few samples. A full run is better.'

/** docs/performance.md. */
export function performancePage(measured: Measured): string {
  return [INTRODUCTION, measuredOn(measured), ...sections(measured)].join('\n')
}

/** The tables alone, for a terminal. */
export function report(measured: Measured): string {
  return sections(measured).join('\n')
}

function measuredOn({ machine, load, date }: Measured): string {
  const loads = load.map((value) => (value === undefined ? 'not known' : value.toFixed(1)))
  return table(
    ['measured', date],
    [
      ['CPU', machine.cpu],
      ['cores', `${machine.cores}`],
      ['memory', `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
      ['kernel', machine.kernel],
      ['Node', machine.node],
      ['load average before and after', loads.join(', ')]
    ]
  )
}

function sections({ legs, verdicts, load, machine, scale }: Measured): readonly string[] {
  const goals = verdicts.length === 0 ? [] : ['## Goals\n', goalTable(verdicts)]
  const warnings = [scale === 'quick' ? QUICK : undefined, busyness(load[0], machine.cores)]
  const warned = warnings.flatMap((warning) => (warning === undefined ? [] : [`${warning}\n`]))
  return [...warned, ...goals, ...legs.flatMap(({ name, result }) => section(name, result))]
}

function goalTable(verdicts: readonly Verdict[]): string {
  return table(
    ['', 'goal', 'measured', ''],
    verdicts.map(({ goal, measured, met }) => [
      goal.name,
      goalText(goal),
      measured === undefined ? 'not measured' : withUnit(measured, goal.unit),
      met ? 'met' : '**missed**'
    ])
  )
}

const goalText = ({ direction, goal, unit }: Goal) => `${direction} ${goal} ${unit}`

function section(name: LegName, { figures, warmUps, notes }: Result): readonly string[] {
  const { title, how } = LEGS[name]
  const told = [how, ...notes, ...warmUps.map(warmUpText)].join(' ')
  return [`## ${title}\n`, `${told}\n`, figureTable(figures)]
}

const warmUpText = ({ what, count, of, seconds }: WarmUp) =>
  `Warm-up, ${what}: ${count} ${of}, ${seconds.toFixed(1)} s.`

function figureTable(figures: readonly Figure[]): string {
  const isBesideRing = figures.some(({ ring }) => ring !== undefined)
  if (!isBesideRing) {
    return table(
      ['', 'measured'],
      figures.map(({ name, unit, value }) => [name, withUnit(value, unit)])
    )
  }
  return table(
    ['', 'story', 'ring', 'x ring'],
    figures.map(({ name, unit, value, ring }) => [
      name,
      withUnit(value, unit),
      ring === undefined ? '' : withUnit(ring, unit),
      ring === undefined ? '' : significant(ratio(value, ring))
    ])
  )
}

const withUnit = (value: number, unit: string) => `${significant(value)} ${unit}`

/** Three digits, and whole numbers from 100 on: nothing here is known better than that. */
export function significant(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString()
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
}
