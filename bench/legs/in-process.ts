import type { GoalName } from '../goals.ts'
import type { Figure, Result, Scale } from '../figure.ts'
import { BEGINNINGS, createStage, storyOnTheWire, type BeginningName } from '../in-process.ts'
import { cpuMicros } from '../cpu.ts'

const SIZES = {
  full: { warmUpRounds: 30, rounds: 24, machines: 200 },
  quick: { warmUpRounds: 3, rounds: 5, machines: 200 }
} as const

/** What is measured side by side. */
interface Variant {
  readonly beginning: BeginningName
  readonly journal: boolean
}

/** A story that a goal is about follows the last of the beginnings: the fastest there is. */
const BEGINNING_NAMES = Object.keys(BEGINNINGS) as BeginningName[]
const [FASTEST] = BEGINNING_NAMES.slice(-1)
const VARIANTS: readonly Variant[] = BEGINNING_NAMES.flatMap((beginning) =>
  [false, true].map((journal) => ({ beginning, journal }))
)

/** CPU time of all machines of the rounds, in microseconds. */
interface Spent {
  begin: number
  story: number
  machines: number
}

/** Begins machines, then tells the story on all of them: a round of a variant. */
async function round({ beginning, journal }: Variant, count: number, spent: Spent): Promise<void> {
  if (BEGINNINGS[beginning].oneByOne === true) return roundOneByOne({ beginning, journal }, count, spent)
  const stage = createStage(beginning, journal)
  const machines = Array.from({ length: count }, (_, index) => `m${index}`)
  const start = cpuMicros()
  for (const machine of machines) stage.begin(machine)
  const begun = cpuMicros()
  for (const machine of machines) stage.story(machine)
  const told = cpuMicros()
  stage.verify(machines)
  spent.begin += begun - start
  spent.story += told - begun
  spent.machines += count
  await new Promise(setImmediate)
}

/** As a campaign goes. What beginning takes is measured apart from the stories, on machines that tell none. */
async function roundOneByOne({ beginning, journal }: Variant, count: number, spent: Spent): Promise<void> {
  const stage = createStage(beginning, journal)
  const start = cpuMicros()
  for (let index = 0; index < count; index++) stage.begin(`idle${index}`)
  const begun = cpuMicros()
  for (let index = 0; index < count; index++) {
    const machine = `m${index}`
    stage.begin(machine)
    stage.story(machine)
    stage.verify([machine])
    stage.forget(machine)
  }
  const begin = begun - start
  spent.begin += begin
  spent.story += cpuMicros() - begun - begin
  spent.machines += count
  await new Promise(setImmediate)
}

async function rounds(variant: Variant, count: number, machines: number): Promise<Spent> {
  const spent: Spent = { begin: 0, story: 0, machines: 0 }
  for (let turn = 0; turn < count; turn++) await round(variant, machines, spent)
  return spent
}

export async function run(scale: Scale): Promise<Result> {
  const { warmUpRounds, rounds: measured, machines } = SIZES[scale]
  const spent: Spent[] = []
  let warmedUpMs = 0
  // One after the other: what one variant leaves behind would be collected at the cost of another. CPU time does not mind
  // what else happens on the machine as wall time would.
  for (const variant of VARIANTS.toReversed()) {
    const begun = performance.now()
    await rounds(variant, warmUpRounds, machines)
    warmedUpMs += performance.now() - begun
    spent.unshift(await rounds(variant, measured, machines))
  }
  const seconds = warmedUpMs / 1000
  const { hops, frameBytes } = storyOnTheWire()
  return {
    figures: VARIANTS.flatMap((variant, index) => figuresOf(variant, spent[index])),
    warmUps: [{ what: 'all variants', count: warmUpRounds * machines * VARIANTS.length, of: 'stories', seconds }],
    notes: [
      `A story has ${hops} messages and answers; on a link their frames would have ${Math.round(frameBytes)} bytes on average.`,
      `${measured} rounds of ${machines} stories each.`
    ]
  }
}

function figuresOf({ beginning, journal }: Variant, spent: Spent | undefined): readonly Figure[] {
  if (spent === undefined) return []
  const { name, goal } = BEGINNINGS[beginning]
  const after = `${journal ? 'with' : 'without'} a journal`
  const [begin, story] = [spent.begin / spent.machines, spent.story / spent.machines]
  const goals: readonly GoalName[] = beginning === FASTEST ? [journal ? 'storyWithJournal' : 'story'] : []
  const rate = (micros: number) => ({ unit: 'stories/s a core', value: 1e6 / micros }) as const
  return [
    { name: `story after ${name}, ${after}`, ...rate(story), goals },
    { name: `story after ${name}, ${after}`, unit: 'us', value: story },
    { name: `${name}, ${after}`, unit: 'us', value: begin, goals: goal === undefined || journal ? [] : [goal] },
    { name: `${name} and story, ${after}`, ...rate(begin + story) }
  ]
}
