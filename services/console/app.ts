import proxy from '@fastify/http-proxy'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { ProblemError } from '../../shared/kit/problem.ts'
import { answerProblems } from '../../shared/kit/service-errors.ts'
import { BODY_LIMIT } from '../../shared/kit/service.ts'
import { systemOfServices } from '../../shared/kit/system-http.ts'
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
    forceCloseConnections: true
  })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  answerProblems(app, BODY_LIMIT, (error, what) => app.log.error({ err: error }, what))
  void app.register(swagger, {
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

type Query = { machine?: string; follow?: string }

function routes(
  app: FastifyInstance,
  layers: Readonly<Record<string, string>>,
  system: ReturnType<typeof systemOfServices>,
  newMachine: () => string
): void {
  app.get('/', { schema: { summary: 'What is here, with a curl line each' } }, (request, reply) =>
    reply.type('application/json').send(`${JSON.stringify(index(`${request.protocol}://${request.host}`), null, 2)}\n`)
  )
  app.get('/health', { schema: { summary: 'Whether every service is well' } }, async (_request, reply) => {
    const states = await Promise.all(
      Object.entries(layers).map(async ([layer, url]) => [layer, await healthOf(url)] as const)
    )
    const isWell = states.every(([, state]) => state === 'ok')
    return reply
      .code(isWell ? 200 : 503)
      .send({ status: isWell ? 'ok' : 'degraded', services: Object.fromEntries(states) })
  })
  app.get<{ Querystring: Query }>(
    '/v1/journal',
    { schema: { summary: 'The journals of all services as one, in causal order (NDJSON)' } },
    async (request, reply) => {
      const { machine, follow } = request.query
      reply.type('application/x-ndjson; charset=utf-8')
      if (follow === 'true') return reply.send(followJournals(layers, machine))
      const entries = await mergedJournal(layers, machine)
      return reply.send(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    }
  )
  app.get('/v1/stories', { schema: { summary: 'The stories that can be run' } }, () => STORIES)

  const form = wire(RunRequest)
  app.post(
    '/v1/runs',
    { schema: { summary: 'Runs a story on a new machine', body: RunRequest } },
    async (request, reply) => {
      const parsed = form.parse(request.body)
      if ('error' in parsed) {
        const { code, detail, field } = parsed.error
        throw new ProblemError(code, detail, { field })
      }
      const asked = parsed.value as RunRequest
      const report = await runStory(system, asked, asked.machine ?? newMachine())
      if (request.headers.accept?.startsWith('text/plain') === true) {
        return reply.type('text/plain; charset=utf-8').send(reportText(report))
      }
      return reply.send(report)
    }
  )
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

async function healthOf(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/health`)
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
      { href: '/v1/runs', curl: `curl -s ${origin}/v1/runs -H 'accept: text/plain' ${json} '{"story":"morse"}'` },
      { href: '/v1/stories', curl: `curl -s ${origin}/v1/stories` },
      { href: '/health', curl: `curl -s ${origin}/health` },
      { href: '/docs', curl: `curl -s ${origin}/docs` },
      ...LAYERS.filter((layer) => layer !== 'console').map((layer) => ({
        href: `/services/${layer}/`,
        curl: `curl -s ${origin}/services/${layer}/`
      }))
    ]
  }
}
