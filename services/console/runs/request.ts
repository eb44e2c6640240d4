import { Type, type Static } from 'typebox'
import { stringify } from 'yaml'
import type { FastifyInstance } from 'fastify'
import { closed, ErrorException, LinuxVersion, named, Notification } from '../../../shared/contracts/common.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { vmCreate, VMM_PROFILES } from '../../../shared/contracts/vmm.ts'
import { unknownName } from '../../../shared/contracts/given-name.ts'
import { planOf, type Overrides } from '../../../shared/scenario/plan.ts'
import type { OfferedNames } from '../../../shared/scenario/check-meaning.ts'
import { readScenario, type ReadResult } from '../../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../../shared/scenario/schema.ts'
import { ScenarioSchema } from './replies.ts'
import { bodyReader, MachineName, queryReader } from '../requests.ts'
import { readStoryText, STORY_NAMES, type StoryName } from '../stories.ts'
import { textErrors } from '../text-errors.ts'

export const YAML_MEDIA_TYPE = 'application/yaml'

/** Where a run happens, and what is different about it. */
const Changes = {
  machine: Type.Optional(MachineName),
  policy: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  vmm: Type.Optional(Type.Enum([...VMM_PROFILES])),
  linux: Type.Optional(LinuxVersion),
  exception: Type.Optional(ErrorException),
  notify: Type.Optional(Notification),
  addressValid: Type.Optional(Type.Boolean()),
  exposeException: Type.Optional(Type.Boolean()),
  sei: Type.Optional(Type.Boolean()),
  keep: Type.Optional(
    Type.Boolean({ description: 'its machine stays when the run is over; one that was named stays in any case' })
  ),
  wait: Type.Optional(
    Type.Boolean({ description: 'false: answer 202 at once; as does the header prefer: respond-async', default: true })
  ),
  explain: Type.Optional(
    Type.Boolean({ description: 'also what was expected, what came of it, and all that can be expected' })
  )
}
const Story = Type.Enum([...STORY_NAMES])
/** What may stand beside a scenario that is the body itself. */
export const RunQuery = closed(Changes)
/** Mistakes of the scenario itself are told with their lines, by `readScenario`. */
const RunBody = closed({
  story: Type.Optional(Story),
  scenario: Type.Optional(Type.Union([Type.String(), Type.Object({}, { additionalProperties: true })])),
  ...Changes
})
/** The body as `/openapi.json` shows it. */
export const RunBodySchema = named('RunRequest', {
  story: Type.Optional(Story),
  scenario: Type.Optional(Type.Union([ScenarioSchema, Type.String({ description: 'the same as YAML' })])),
  ...Changes
})

/** What is to be run. */
export interface Run {
  /** Absent when it is a scenario of the caller's. */
  readonly story: StoryName | undefined
  readonly scenario: ScenarioFile
  /** The scenario as YAML. */
  readonly text: string
  readonly machine: string | undefined
  readonly overrides: Overrides
  readonly explain: boolean
  /** Its machine stays when the run is over. */
  readonly keep: boolean
  /** Whoever asks waits for what comes of it. */
  readonly wait: boolean
}

/** A body as it was sent: places in it are told by line and column. */
interface Body {
  readonly text: string
  /** Absent when it is YAML. */
  readonly json?: unknown
}

/** Takes bodies of JSON and YAML as text, from which `runOf` reads. */
export function takeText(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    // Typed as what may give a promise; the default parser calls back.
    void parse(request, text as string, (error, json: unknown) => {
      if (error !== null) done(error)
      else done(null, { text, json })
    })
  })
  app.addContentTypeParser(YAML_MEDIA_TYPE, { parseAs: 'string' }, (_request, text, done) => done(null, { text }))
}

const readBody = bodyReader(RunBody)
const readQuery = queryReader(RunQuery)

type Query = Readonly<Record<string, string>>

/**
 * Reads a request, and holds the VMMs that it names against those that there are, which are only asked for then. Throws
 * ProblemError for what is no story and no scenario; of a scenario it lists all mistakes.
 */
export async function offeredRunOf(
  sent: unknown,
  query: Query,
  offeredVmms: () => Promise<readonly string[] | undefined>
): Promise<Run> {
  const run = runOf(sent, query)
  const named = planOf(run.scenario, run.overrides).vms.flatMap(({ profile }) => profile ?? [])
  const vmms = named.length === 0 ? undefined : await offeredVmms()
  return vmms === undefined || named.every((name) => vmms.includes(name)) ? run : runOf(sent, query, { vmms })
}

/** Reads a request as far as it can be read without asking anybody. */
function runOf(sent: unknown, query: Query, offered?: OfferedNames): Run {
  const body = sent as Body | undefined
  if (body !== undefined && !('json' in body)) return runWith(fileIn(body.text, offered), readQuery(query), offered)
  const [given] = Object.keys(query)
  if (given !== undefined) {
    throw new ProblemError('field-unknown', `${given} stands in the body, where that is JSON`, { field: `/${given}` })
  }
  const { story, scenario, ...changes }: Static<typeof RunBody> = readBody(body?.json ?? {})
  if (story !== undefined && scenario !== undefined) {
    throw new ProblemError('field-invalid', 'either a story or a scenario is run, not both', { field: '/scenario' })
  }
  if (story !== undefined) return runWith({ story, ...readStoryText(story) }, changes, offered)
  if (body === undefined || scenario === undefined) {
    throw new ProblemError('field-missing', 'field story is missing; or a scenario', { field: '/story' })
  }
  if (typeof scenario === 'string') return runWith(fileIn(scenario, offered), changes, offered)
  const read = scenarioOf(readScenario(body.text, 'body', { within: ['scenario'], offered }))
  return runWith({ story: undefined, scenario: read, text: stringify(scenario) }, changes, offered)
}

const fileIn = (text: string, offered: OfferedNames | undefined) => ({
  story: undefined,
  scenario: scenarioOf(readScenario(text, 'body', { offered })),
  text
})

function runWith(
  what: Pick<Run, 'story' | 'scenario' | 'text'>,
  { machine, explain = false, keep, wait = true, ...overrides }: Static<typeof RunQuery>,
  offered: OfferedNames | undefined
): Run {
  const vmms = offered && { address: 'vmm', names: offered.vmms }
  const unknown = unknownName(vmCreate, overrides) ?? (vmms && unknownName(vmms, overrides))
  if (unknown !== undefined) throw new ProblemError(unknown.code, unknown.detail, { field: unknown.field })
  return { ...what, machine, overrides, explain, keep: keep ?? machine !== undefined, wait }
}

function scenarioOf(read: ReadResult): ScenarioFile {
  if (read.errors === undefined) return read.scenario
  const errors = textErrors(read.errors)
  const [first = { line: 1, column: 1, message: 'it cannot be read' }] = errors
  const more = read.errors.length > 1 ? ` (the first of ${read.errors.length} mistakes)` : ''
  const detail = `line ${first.line}, column ${first.column}: ${first.message}${more}`
  throw new ProblemError('scenario-invalid', detail, { errors })
}
