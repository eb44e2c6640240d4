import { Type } from 'typebox'
import { ErrorException, LinuxVersion, named, Notification } from '../../../shared/contracts/common.ts'
import { ProblemSchema } from '../../../shared/contracts/problem-schema.ts'
import { Expectation } from '../../../shared/scenario/schema-expect.ts'
import { Scenario } from '../../../shared/scenario/schema.ts'
import { VERDICTS } from '../../../shared/trace/verdict.ts'
import { STORY_NAMES } from '../stories.ts'

/** What the console answers about runs and scenarios, for `/openapi.json`. */

export const ScenarioSchema = { ...Scenario, title: 'Scenario' }
const Expected = { ...Expectation, title: 'Expectation' }

/** A piece of a sentence. */
const Part = named('Phrase', {
  text: Type.String(),
  role: Type.Optional(Type.Enum(['victim', 'cause', 'told', 'survivor'])),
  party: Type.Optional(Type.String({ description: 'who is named' })),
  entry: Type.Optional(named('EntryReference', { order: Type.Integer(), id: Type.String() }))
})
const byName = (value: Parameters<typeof Type.Record>[1]) => Type.Record(Type.String(), value)
const texts = Type.Array(Type.String())
const counted = { host: Type.Integer(), guest: Type.Integer() }

const Setup = named('RunSetup', {
  policy: Type.Optional(Type.String()),
  vmm: Type.Optional(Type.String()),
  linux: Type.Optional(LinuxVersion),
  exception: Type.Optional(ErrorException),
  notify: Type.Optional(Notification),
  addressValid: Type.Optional(Type.Boolean()),
  exposeException: Type.Optional(Type.Boolean()),
  sei: Type.Optional(Type.Boolean())
})
const Verdict = Type.Enum([...VERDICTS], { title: 'Verdict', description: 'what came of it, in one word of a matrix' })
const Story = Type.Enum([...STORY_NAMES], { title: 'StoryName' })

const Outcome = named('Outcome', {
  host: Type.Enum(['running', 'panicked', 'halted']),
  firmware: Type.Enum(['running', 'panicked']),
  vm: Type.String({ description: 'state of the first VM; none without one' }),
  vms: byName(Type.String()),
  guest: Type.Enum(['running', 'migrated', 'off', 'gone', 'panicked', 'none'], { description: 'the worst of all' }),
  guests: byName(Type.String()),
  panics: named('PanicCounts', counted),
  tasks: byName(Type.String({ description: 'how its last access ended' })),
  processes: byName(Type.String()),
  signals: texts,
  taskSignals: byName(texts),
  processSignals: byName(texts),
  poisonedPages: named('PoisonedPages', counted),
  avoidablePanic: Type.Boolean(),
  silentCorruption: Type.Boolean(),
  livelock: Type.Boolean(),
  untold: Type.Optional(
    Type.Boolean({ description: 'there was an error, and no kernel heard of it; absent of what an older console kept' })
  ),
  mismatches: Type.Array(named('Mismatch', { hardware: ErrorException, guest: Type.Enum(['SEA', 'SEI']) }), {
    description: 'where a guest was told another exception than the hardware raised'
  })
})

const SUMMARY = {
  id: Type.String(),
  machine: Type.String(),
  name: Type.String({ description: 'the title of its scenario' }),
  story: Type.Optional(Story),
  state: Type.Enum(['running', 'ended', 'failed']),
  sentence: Type.Optional(Type.String({ description: 'how it ended, or why it did not come to an end' })),
  cell: Type.Optional(Verdict),
  outcome: Type.Optional(Outcome),
  vmm: Type.Optional(Type.String({ description: 'of its first VM' })),
  policy: Type.Optional(Type.String()),
  linux: Type.String({ description: "the host's kernel" }),
  guestLinux: Type.Optional(Type.String({ description: "that of its guests, where it is another than the host's" })),
  fault: Type.Optional(Type.String({ description: 'the same of runs that differ by VMM or policy alone' })),
  setup: Setup,
  expected: Type.Optional(named('Expected', { met: Type.Boolean(), failures: Type.Integer() })),
  problem: Type.Optional(ProblemSchema),
  keeps: Type.Boolean({ description: 'its machine stayed when it was over' }),
  started: Type.String({ description: 'ISO 8601' }),
  durationMs: Type.Optional(Type.Number()),
  entries: Type.Integer({ description: 'of its journal; 0 while it runs' })
}

const Failure = named('Failure', {
  expectation: Type.String({ description: 'where it is in the file: expect.tasks.redis' }),
  says: Type.String(),
  expected: Type.Optional(Type.String()),
  got: Type.Optional(Type.String()),
  nearest: Type.Optional(Type.String()),
  order: Type.Optional(Type.Integer()),
  differs: Type.Optional(texts),
  further: Type.Optional(Type.Array(named('NearEvent', { order: Type.Integer(), nearest: Type.String() })))
})
const REPORT = {
  story: Type.Optional(Story),
  title: Type.String(),
  machine: Type.String(),
  setup: Setup,
  sentence: named('VerdictSentence', {
    verdict: Verdict,
    text: Type.String(),
    clauses: Type.Array(Type.Array(Part)),
    victims: Type.Array(Part),
    cause: Type.Optional(Part),
    survivors: Type.Array(Part),
    better: Type.Optional(Part)
  }),
  outcome: Outcome,
  cell: Verdict,
  unmodelled: Type.Optional(Type.String()),
  expected: Type.Optional(Expected),
  asExpected: Type.Optional(Type.Boolean()),
  failures: Type.Optional(Type.Array(Failure)),
  changed: Type.Optional(named('ScenarioChange', { what: texts, differs: Type.Array(Failure) })),
  narrative: Type.Array(Type.String(), { description: 'a line for each event of the story' }),
  explanation: Type.Optional(texts)
}

const Summary = named('RunSummary', SUMMARY)
export const RunReport = named('RunReport', { id: Type.String(), ...REPORT })
export const WholeRun = named('Run', { ...SUMMARY, report: Type.Optional(named('Report', REPORT)) })
export const RunBegun = named('RunBegun', { id: Type.String(), machine: Type.String() })
export const RunForgotten = named('RunForgotten', { id: Type.String() })
export const RunList = named('RunList', {
  runs: Type.Array(Summary, { description: 'the newest first' }),
  gone: Type.Optional(Type.Array(Type.String(), { description: 'ids of those that are no longer kept' })),
  version: Type.String({ description: 'stands for the list as it is, for `since`' })
})

export const Stories = {
  ...Type.Record(
    Type.String(),
    named('Story', { title: Type.String(), setup: Setup, expected: Expected, scenario: ScenarioSchema })
  ),
  title: 'Stories'
}
