import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { expectedOutcome } from '../../shared/scenario/check-expectation.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { resultText } from '../../shared/scenario/report-text.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { durationOf } from '../../shared/scenario/scalars.ts'
import { Scenario, type ScenarioFile } from '../../shared/scenario/schema.ts'
import { Problem } from '../../shared/service/openapi-schema.ts'
import { traceOf } from '../../shared/service/trace-of.ts'
import type { SpanExport } from '../../shared/service/watching/span-export.ts'
import { NS_PER_MS } from '../../shared/transport/timers.ts'
import type { LayerUrls } from './layer-urls.ts'
import { reportOf, reportText } from './report.ts'
import { RunGuard } from './run-guard.ts'
import type { RunLimits } from './run-limits.ts'
import { RunBodySchema, runOf, RunQuery, takeText, YAML_MEDIA_TYPE, type Run } from './run-request.ts'
import { RunTrace } from './run-trace.ts'
import { readStory, setupOf, STORY_NAMES, type StoryName } from './stories.ts'

export interface RunPorts {
  readonly layers: LayerUrls
  readonly newMachine: () => string
  readonly limits: RunLimits
  /** How the services are asked. */
  readonly fetch: typeof globalThis.fetch
  /** Where the spans of runs go, if anywhere. */
  readonly spans?: SpanExport | undefined
}

/** `GET /v1/stories` and `POST /v1/runs`: scenarios, run on a machine of their own against the services that are there. */
export function runRoutes(app: FastifyInstance, { layers, newMachine, limits, fetch, spans }: RunPorts): void {
  const stories = Object.fromEntries(STORY_NAMES.map((name) => [name, readStory(name)])) as Stories
  const guard = new RunGuard({ layers, limits, fetch })
  takeText(app)

  app.get('/v1/stories', { schema: { summary: 'The stories that can be run', tags: ['console'] } }, () =>
    Object.fromEntries(Object.entries(stories).map(([name, scenario]) => [name, storyOf(scenario)]))
  )

  const schema = {
    summary: 'Runs a story or a scenario on a new machine',
    tags: ['console'],
    querystring: RunQuery,
    body: {
      content: {
        'application/json': { schema: { ...RunBodySchema, examples: [{ story: 'sei' }] } },
        [YAML_MEDIA_TYPE]: { schema: Scenario }
      }
    },
    response: { '4xx': Problem, '5xx': Problem }
  }
  app.post<{ Querystring: Record<string, string> }>('/v1/runs', { schema }, async (request, reply) => {
    const run = runOf(request.body, request.query)
    const scenario = typeof run.what === 'string' ? stories[run.what] : run.what
    const machine = run.machine ?? newMachine()
    const trace = new RunTrace(machine, traceOf(request))
    const inTrace = trace.fetch(fetch)
    const guarded = { machine, waitsMs: patienceFor(scenario), forget: !run.keep }
    const running = guard.run(reply, guarded, async (signal) => {
      const asked: typeof fetch = (input, init) => inTrace(input, { ...init, signal })
      if (run.machine !== undefined) await requireNew(run.machine, layers, asked)
      const system = systemOfServices(layers, { fetch: inTrace, signal, settleMs: Infinity })
      return told(system, run, scenario, machine).catch(asProblem)
    })
    const { report, text } = await trace.run(spans, running)
    const isText = request.headers.accept?.startsWith('text/plain') === true
    return isText ? reply.type('text/plain; charset=utf-8').send(text()) : reply.send(report)
  })
}

type Stories = Readonly<Record<StoryName, ScenarioFile>>

const storyOf = (scenario: ScenarioFile) => ({
  title: scenario.title,
  setup: setupOf(scenario, {}),
  expected: expectedOutcome(scenario.expect ?? {}),
  scenario
})

/** Runs it and says how it ended, as an object and for people. */
async function told(system: System, { what, overrides, explain }: Run, scenario: ScenarioFile, machine: string) {
  const result = await runScenario(system, scenario, machine, overrides)
  if (typeof what !== 'string') {
    const report = reportOf(result, scenario.expect, { setup: overrides, explain })
    return { report, text: () => `${resultText(result, { explain })}\n` }
  }
  const report = reportOf(result, scenario.expect, { setup: setupOf(scenario, overrides), story: what, explain })
  return { report, text: () => reportText(report) }
}

/** A step that cannot be done has the code of the layer that refused it, if one did. */
function asProblem(problem: unknown): never {
  if (!(problem instanceof StepError)) throw problem
  const { cause, message } = problem
  throw new ProblemError(cause instanceof ProblemError ? cause.problem.code : 'scenario-impossible', message)
}

/** Time is real here, and whoever asks holds on to a connection. */
const PATIENCE_NS = 600e9

/** Ms that the steps of a scenario wait. Throws ProblemError when that is too long. */
function patienceFor({ steps }: ScenarioFile): number {
  const waits = steps.reduce((sum, { wait }) => sum + (wait === undefined ? 0 : durationOf(wait)), 0)
  if (waits <= PATIENCE_NS) return waits / NS_PER_MS
  const detail = `its steps wait ${waits / 1e9} s, and ${PATIENCE_NS / 1e9} s is all that a run may wait here`
  throw new ProblemError('scenario-impossible', detail)
}

/** A scenario is run on a machine that nothing has happened to yet. */
async function requireNew(machine: string, layers: LayerUrls, fetch: typeof globalThis.fetch): Promise<void> {
  const answers = await Promise.all(
    Object.entries(layers).map(async ([layer, url]) => {
      const response = await fetch(`${url}/v1/machines/${machine}`).catch(() => undefined)
      return response?.ok === true ? layer : undefined
    })
  )
  const known = answers.find((layer) => layer !== undefined)
  if (known === undefined) return
  throw new ProblemError('already-exists', `${known} has a machine ${machine} already`, { field: '/machine' })
}
