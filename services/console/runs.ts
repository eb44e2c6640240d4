import { Type, type Static } from 'typebox'
import { closed, Notification } from '../../shared/contracts/common.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { narrate } from '../../shared/trace/narrate.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { walkStory, type StorySetup } from './story.ts'

type Told = Omit<StorySetup, 'machine'>
interface Story {
  readonly title: string
  readonly setup: Told
  /** The part of the outcome that makes the story what it is. */
  readonly expected: Partial<Outcome>
}

const LIVES = {
  host: 'running',
  guest: 'running',
  vm: 'running',
  tasks: { redis: 'killed', nginx: 'completed' }
} as const

/** The stories by name: the one of the project, and its counter-example. */
export const STORIES = {
  morse: {
    title: 'The guest is told by SEA: only the task that consumed the error dies',
    setup: { policy: 'morse', exception: 'SError', notify: 'GSIV' },
    expected: { ...LIVES, signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'], avoidablePanic: false }
  },
  sei: {
    title: 'The counter-example: the same fault told as SEI panics a guest that could have recovered',
    setup: { policy: 'sei', exception: 'SError', notify: 'GSIV' },
    expected: { host: 'running', guest: 'panicked', vm: 'guest-panicked', avoidablePanic: true }
  }
} as const satisfies Record<string, Story>
export type StoryName = keyof typeof STORIES

/** What `POST /v1/runs` takes: a story, and what should be different about it. */
export const RunRequest = closed({
  story: Type.Enum(Object.keys(STORIES) as StoryName[]),
  machine: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' })),
  policy: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  exception: Type.Optional(Type.Enum(['SEA', 'SError'])),
  notify: Type.Optional(Notification),
  addressValid: Type.Optional(Type.Boolean()),
  exposeException: Type.Optional(Type.Boolean()),
  sei: Type.Optional(Type.Boolean())
})
export type RunRequest = Static<typeof RunRequest>

export interface Report {
  readonly story: StoryName
  readonly title: string
  readonly machine: string
  readonly setup: Told
  readonly outcome: Outcome
  /** What the story, told unchanged, ends in; absent when it was changed. */
  readonly expected?: Partial<Outcome>
  readonly asExpected?: boolean
  readonly narrative: readonly string[]
}

/** Walks a story on a machine of its own and says how it ended. */
export async function runStory(system: System, request: RunRequest, machine: string): Promise<Report> {
  const { title, setup: usual, expected }: Story = STORIES[request.story]
  const { story, ...asked } = request
  const changes = Object.fromEntries(Object.entries(asked).filter(([name]) => name !== 'machine'))
  const setup = { ...usual, ...changes }
  const journal = await walkStory(system, { ...setup, machine })
  return { story, title, machine, setup, ...ending(journal, Object.keys(changes).length === 0 ? expected : undefined) }
}

function ending(journal: readonly WireEntry[], expected: Partial<Outcome> | undefined) {
  const outcome = outcomeOf(journal)
  const narrative = narrate(journal)
  if (expected === undefined) return { outcome, narrative }
  return { outcome, expected, asExpected: contains(outcome, expected), narrative }
}

/** Whether every part of `expected` is in `actual`. */
function contains(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected
  if (typeof actual !== 'object' || actual === null) return false
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) return false
  return Object.entries(expected).every(([name, part]) => contains((actual as Record<string, unknown>)[name], part))
}

/** A report for people to read. */
export function reportText({ title, machine, narrative, outcome, asExpected }: Report): string {
  const verdict =
    asExpected === undefined ? '' : asExpected ? '\nThis is how it must end.' : '\nTHIS IS NOT HOW IT MUST END.'
  return `${title} (machine ${machine})\n\n${narrative.join('\n')}\n\n${JSON.stringify(outcome, null, 2)}${verdict}\n`
}
