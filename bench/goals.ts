import type { Figure, Unit } from './figure.ts'
import type { LegName } from './legs.ts'
import { ratio } from './statistics.ts'

/** A number that a figure has to reach. */
export interface Goal {
  /** The leg that measures it. */
  readonly leg: LegName
  readonly name: string
  /** `x ring`: the figure in relation to the bare ring beside it. */
  readonly unit: Unit | 'x ring'
  readonly direction: 'at least' | 'at most'
  readonly goal: number
}

/** All goals. A figure names those that it is held to; a goal that no figure names is not met. */
export const GOALS = {
  story: {
    leg: 'in-process',
    name: 'in process: stories without a journal',
    unit: 'stories/s a core',
    direction: 'at least',
    goal: 5000
  },
  storyWithJournal: {
    leg: 'in-process',
    name: 'in process: stories with a journal',
    unit: 'stories/s a core',
    direction: 'at least',
    goal: 3000
  },
  fork: {
    leg: 'in-process',
    name: 'in process: fork of a booted machine',
    unit: 'us',
    direction: 'at most',
    goal: 10
  },
  latency: {
    leg: 'seven-processes',
    name: 'seven processes, links, durable: p50 of a story',
    unit: 'x ring',
    direction: 'at most',
    goal: 1.5
  },
  throughput: {
    leg: 'seven-processes',
    name: 'seven processes, links, durable: stories a second, 32 in flight',
    unit: 'x ring',
    direction: 'at least',
    goal: 0.4
  },
  cpu: {
    leg: 'seven-processes',
    name: 'seven processes, links, durable: CPU a story, all processes and samples',
    unit: 'ms',
    direction: 'at most',
    goal: 2.2
  },
  help: {
    leg: 'start-up',
    name: '`node cli/seabus.ts --help`, warm compile cache',
    unit: 's',
    direction: 'at most',
    goal: 0.3
  },
  start: {
    leg: 'start-up',
    name: '`npm start -- --once`',
    unit: 's',
    direction: 'at most',
    goal: 2
  },
  pageList: {
    leg: 'web-page',
    name: 'the page with 2,000 runs: CPU time of its longest task',
    unit: 'ms',
    direction: 'at most',
    goal: 100
  },
  pageRun: {
    leg: 'web-page',
    name: 'the page with a run of thousands of arrows: CPU time of its longest task',
    unit: 'ms',
    direction: 'at most',
    goal: 100
  }
} as const satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof GOALS

/** A goal beside what was measured. */
export interface Verdict {
  readonly goal: Goal
  /** Absent when nothing measures it (yet). */
  readonly measured: number | undefined
  readonly met: boolean
}

/**
 * The goals of the legs that were run, each judged by the figures that name it. What was not measured is not met.
 * Throws RangeError when a goal is a ratio to the ring and its figure has none.
 */
export function judge(
  legs: readonly LegName[],
  figures: readonly Figure[],
  goals: Readonly<Record<string, Goal>> = GOALS
): readonly Verdict[] {
  return Object.entries(goals)
    .filter(([, goal]) => legs.includes(goal.leg))
    .map(([name, goal]) => {
      const figure = figures.find((one) => one.goals?.some((held) => held === name))
      const measured = figure === undefined ? undefined : measuredBy(figure, goal)
      return { goal, measured, met: measured !== undefined && reaches(measured, goal) }
    })
}

function measuredBy(figure: Figure, { name, unit }: Goal): number {
  if (unit === 'x ring') return ratio(figure.value, figure.ring ?? Number.NaN)
  if (unit !== figure.unit) throw new RangeError(`${name} is in ${unit}, ${figure.name} in ${figure.unit}`)
  return figure.value
}

const reaches = (measured: number, { direction, goal }: Goal): boolean =>
  direction === 'at least' ? measured >= goal : measured <= goal
