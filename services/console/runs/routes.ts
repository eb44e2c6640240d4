import type { FastifyInstance, FastifyReply } from 'fastify'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { expectedOutcome } from '../../../shared/scenario/check-expectation.ts'
import { json, operation, TEXT_SCHEMA } from '../../../shared/service/describing/operation.ts'
import { traceOf } from '../../../shared/service/trace-of.ts'
import { readStory, setupOf, STORY_NAMES, type StoryName } from '../stories.ts'
import { RunBegun, RunReport, ScenarioSchema, Stories } from './replies.ts'
import { offeredRunOf, RunBodySchema, RunQuery, takeText, YAML_MEDIA_TYPE } from './request.ts'
import type { Begun, Runs } from './runs.ts'

/** Which VMMs the VMM there can be; undefined where it does not say. */
type OfferedVmms = () => Promise<readonly string[] | undefined>

const tags = ['console']
const STORIES = operation({
  id: 'listStories',
  summary: 'The stories that can be run',
  tags,
  answers: { 200: json(Stories, 'By name') }
})
const reported = json(RunReport, 'What came of it; as text for people')
const RUNS = operation({
  id: 'startRun',
  summary: 'Runs a story or a scenario on a new machine',
  tags,
  querystring: RunQuery,
  body: {
    content: {
      'application/json': { schema: { ...RunBodySchema, examples: [{ story: 'sei' }] } },
      [YAML_MEDIA_TYPE]: { schema: ScenarioSchema }
    }
  },
  answers: {
    200: { ...reported, content: { ...reported.content, 'text/plain': { schema: TEXT_SCHEMA } } },
    202: json(RunBegun, 'It has begun, and nobody waits for it')
  },
  refuses: [
    'field-missing',
    'scenario-invalid',
    'scenario-impossible',
    'policy-unknown',
    'profile-unknown',
    'already-exists',
    'too-many',
    'run-ended',
    'answer-late',
    'dead-letter',
    'journal-incomplete',
    'neighbour-unreachable',
    'neighbour-refused',
    'storage-full',
    'storage-failed',
    'not-modelled'
  ]
})

/** `GET /v1/stories` and `POST /v1/runs`: scenarios, run on a machine of their own against the services that are there. */
export function runRoutes(app: FastifyInstance, runs: Runs, offeredVmms: OfferedVmms): void {
  const stories = Object.fromEntries(STORY_NAMES.map((name) => [name, storyOf(name)]))
  takeText(app)

  app.get('/v1/stories', { schema: STORIES }, () => stories)

  app.post<{ Querystring: Record<string, string> }>('/v1/runs', { schema: RUNS }, async (request, reply) => {
    const run = await offeredRunOf(request.body, request.query, offeredVmms)
    const begun = await runs.begin(run, traceOf(request))
    const { id, machine } = begun
    void reply.header('location', `/v1/runs/${id}`)
    if (!run.wait || prefersAsync(request.headers['prefer'])) return reply.code(202).send({ id, machine })
    const { report, text } = await waited(begun, reply)
    const isText = request.headers.accept?.startsWith('text/plain') === true
    return isText ? reply.type('text/plain; charset=utf-8').send(text) : reply.send({ id, ...report })
  })
}

/** RFC 7240. */
function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  const preferences = [prefer ?? []].flat().flatMap((line) => line.split(','))
  return preferences.some((one) => one.trim().toLowerCase() === 'respond-async')
}

const GONE = 'nobody waits for the run any more'

/** What came of a run; it ends when its client goes. */
async function waited({ done, end }: Begun, { raw }: FastifyReply) {
  const gone = () => end(new ProblemError('answer-late', GONE))
  if (raw.destroyed) gone()
  raw.once('close', gone)
  try {
    return await done
  } finally {
    raw.off('close', gone)
  }
}

function storyOf(name: StoryName) {
  const scenario = readStory(name)
  const { title, expect = {} } = scenario
  return { title, setup: setupOf(scenario, {}), expected: expectedOutcome(expect), scenario }
}
