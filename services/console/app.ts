import proxy from '@fastify/http-proxy'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type, type Static, type TObject } from 'typebox'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { fieldOfText, fieldSchema } from '../../shared/contracts/path.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { problem, ProblemError } from '../../shared/contracts/problem.ts'
import { answerProblems, sendProblem } from '../../shared/service/problems.ts'
import { BODY_LIMIT } from '../../shared/service/service.ts'
import { Problem } from '../../shared/service/openapi-schema.ts'
import { problemsRoute } from '../../shared/service/system-routes.ts'
import { NOT_OFFERED, systemOfServices } from '../../shared/machine-room/over-http.ts'
import { followJournals, mergedJournal } from './journal-merge.ts'
import { reportText, runStory, RunRequest, STORIES } from './runs.ts'

export interface ConsolePorts {
  /** Where the layers are served. */
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  /** A name for the machine of a run that names none; must be new each time. */
  readonly newMachine: () => string
  readonly logger?: FastifyBaseLogger
}

/** The console: merges the journals, runs stories, and is the front door to every service. It changes nothing itself. */
export function buildConsole({ urls, newMachine, logger }: ConsolePorts): FastifyInstance {
  const served = Object.fromEntries(LAYERS.filter((layer) => layer !== 'console').map((layer) => [layer, urls[layer]]))
  const layers = served as Readonly<Record<Exclude<Layer, 'console'>, string>>
  const system = systemOfServices(layers)
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problem('route-unknown', error.message))
    }
  })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  answerProblems(app, BODY_LIMIT, (error, what) => {
    if (logger === undefined) globalThis.console.error(`console: ${what}:`, error)
    else logger.error({ err: error }, what)
  })
  void app.register(swagger, {
    // The front doors to the services have no tags: each service describes itself.
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'seabus console', description: 'Merged journal, stories, front door', version: '1' }
    }
  })
  void app.register(swaggerUi, { routePrefix: '/docs' })
  for (const [layer, upstream] of Object.entries(layers)) {
    void app.register(proxy, { upstream, prefix: `/services/${layer}`, http2: false })
  }
  void app.register(async (scope) => routes(scope, layers, system, newMachine))
  return app
}

const REFUSED = { '4xx': Problem }
const MachineName = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' })
const JournalQuery = Type.Object(
  {
    machine: Type.Optional(MachineName),
    follow: Type.Optional(Type.Boolean({ description: 'wait for more, for ever' }))
  },
  { additionalProperties: false }
)

/** A query or body as its schema has it. Throws ProblemError naming the first field that does not fit. */
function reader<Schema extends TObject>(schema: Schema): (json: unknown) => Static<Schema> {
  const form = wire(schema)
  return (json) => {
    const parsed = form.parse(json)
    if ('value' in parsed) return parsed.value as Static<Schema>
    const { code, detail, field } = parsed.error
    throw new ProblemError(code, detail, { field })
  }
}

function routes(
  app: FastifyInstance,
  layers: Readonly<Record<string, string>>,
  system: ReturnType<typeof systemOfServices>,
  newMachine: () => string
): void {
  app.get('/', { schema: { summary: 'What is here, with a curl line each', tags: ['console'] } }, (request, reply) =>
    reply.type('application/json').send(`${JSON.stringify(index(`${request.protocol}://${request.host}`), null, 2)}\n`)
  )
  app.get(
    '/health',
    { schema: { summary: 'Whether every service is well', tags: ['console'] } },
    async (_request, reply) => {
      const states = await Promise.all(
        Object.entries(layers).map(async ([layer, url]) => [layer, await healthOf(url)] as const)
      )
      const isWell = states.every(([, state]) => state === 'ok' || state === NOT_TOLD)
      return reply
        .code(isWell ? 200 : 503)
        .send({ status: isWell ? 'ok' : 'degraded', services: Object.fromEntries(states) })
    }
  )
  const journalQuery = reader(JournalQuery)
  app.get<{ Querystring: Record<string, string> }>(
    '/v1/journal',
    {
      schema: {
        summary: 'The journals of all services as one, in causal order (NDJSON)',
        tags: ['console'],
        querystring: JournalQuery,
        response: REFUSED
      }
    },
    async (request, reply) => {
      const asked = Object.entries(request.query).map(([name, text]) => [
        name,
        fieldOfText(fieldSchema(JournalQuery, name), text)
      ])
      const { machine, follow } = journalQuery(Object.fromEntries(asked))
      reply.type('application/x-ndjson; charset=utf-8')
      if (follow === true) return reply.send(followJournals(layers, machine))
      const entries = await mergedJournal(layers, machine)
      return reply.send(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    }
  )
  app.get('/v1/stories', { schema: { summary: 'The stories that can be run', tags: ['console'] } }, () => STORIES)

  const runRequest = reader(RunRequest)
  app.post(
    '/v1/runs',
    {
      schema: {
        summary: 'Runs a story on a new machine',
        tags: ['console'],
        body: { ...RunRequest, examples: [{ story: 'sei' }] },
        response: REFUSED
      }
    },
    async (request, reply) => {
      const asked = runRequest(request.body ?? {})
      if (asked.machine !== undefined) await requireNew(asked.machine, layers)
      const report = await runStory(system, asked, asked.machine ?? newMachine())
      if (request.headers.accept?.startsWith('text/plain') === true) {
        return reply.type('text/plain; charset=utf-8').send(reportText(report))
      }
      return reply.send(report)
    }
  )
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  problemsRoute(app)
}

/** A story is told on a machine that nothing has happened to yet. */
async function requireNew(machine: string, layers: Readonly<Record<string, string>>): Promise<void> {
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

/** A layer that someone else serves need not say how it is; it keeps no journal then, and its neighbours do. */
const NOT_TOLD = 'answers, and does not say how it is'

async function healthOf(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/health`)
    if (NOT_OFFERED.has(response.status)) return NOT_TOLD
    return response.ok ? 'ok' : `answers ${response.status}`
  } catch {
    return 'unreachable'
  }
}

function index(origin: string) {
  const json = "-H 'content-type: application/json' -d"
  return {
    service: 'console',
    links: [
      { href: '/v1/journal?follow=true', curl: `curl -N '${origin}/v1/journal?follow=true'` },
      { href: '/v1/journal', curl: `curl -s ${origin}/v1/journal` },
      { href: '/v1/runs', curl: `curl -s ${origin}/v1/runs -H 'accept: text/plain' ${json} '{"story":"morse"}'` },
      { href: '/v1/stories', curl: `curl -s ${origin}/v1/stories` },
      { href: '/health', curl: `curl -s ${origin}/health` },
      { href: '/openapi.json', curl: `curl -s ${origin}/openapi.json` },
      { href: '/docs', curl: `curl -s ${origin}/docs` },
      { href: '/docs/problems', curl: `curl -s ${origin}/docs/problems` },
      ...LAYERS.filter((layer) => layer !== 'console').map((layer) => ({
        href: `/services/${layer}/`,
        curl: `curl -s ${origin}/services/${layer}/`
      }))
    ]
  }
}
