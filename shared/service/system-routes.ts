import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { wire } from '../contracts/validate.ts'
import type { Clock } from '../engine/clock.ts'
import { HOLDING_NAMED } from '../engine/dead-letters.ts'
import type { Engine } from '../engine/engine.ts'
import type { Journal } from '../engine/journal.ts'
import type { Limits } from './limits.ts'
import { journalRoute } from './journal-route.ts'
import { originOf, servedAt } from './origin.ts'
import { traceOf } from './trace-of.ts'
import { ProblemError, type Problem } from '../contracts/problem.ts'
import { sendProblem, notNow } from './problems.ts'
import type { ReadRoute } from './read-route.ts'
import { isEnd, messageLink, readLink, showingToken, systemLinks, type Link } from './curl-links.ts'
import { systemSchema } from './openapi-schema.ts'

export interface SystemParts {
  readonly layer: Layer
  readonly summary: string
  readonly engine: Engine
  readonly journal: Journal
  readonly clock: Clock
  readonly accepts: readonly MessageType[]
  readonly reads: readonly ReadRoute<unknown>[]
  /** More lines for `GET /`, made for the address that was asked. */
  readonly links: (origin: string) => readonly Link[]
  readonly limits: Limits
  /** Whether requests have to show a token. */
  readonly asksToken: boolean
}

type Texts = Readonly<Record<string, string>>
type Request = FastifyRequest<{ Params: Texts; Querystring: Texts }>

const MACHINE_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const Nothing = wire(Type.Object({}))
const PROBLEMS_DOC = new URL('../../docs/problems.md', import.meta.url)

const pretty = (reply: FastifyReply, value: unknown) =>
  reply.type('application/json; charset=utf-8').send(`${JSON.stringify(value, null, 2)}\n`)

/** The routes that every service has, whatever its layer. */
export function systemRoutes(app: FastifyInstance, parts: SystemParts): void {
  const { layer, summary, engine, journal, clock, accepts, reads, links, limits, asksToken } = parts

  app.get('/', { schema: systemSchema('What is here, with a curl line each') }, (request, reply) => {
    const origin = originOf(request)
    const [machine = 'm0'] = engine.machines()
    const linkOf = (message: MessageType) => messageLink(message, origin, machine, accepts)
    const offered = [
      ...links(origin),
      ...accepts.filter((message) => !isEnd(message)).map(linkOf),
      ...reads.map((route) => readLink(route, origin, machine)),
      ...systemLinks(origin, layer, machine, accepts),
      // Whoever follows them in order still has a machine to follow them on.
      ...accepts.filter(isEnd).map(linkOf)
    ]
    return pretty(reply, {
      service: layer,
      summary,
      machines: engine.machines(),
      epoch: new Date(clock.epochMs).toISOString(),
      links: asksToken ? offered.map((link) => ({ ...link, curl: showingToken(link.curl) })) : offered
    })
  })

  app.get('/health', { schema: systemSchema('Whether the service is well') }, (_request, reply) => {
    const faults = engine.standing.faults()
    const full = engine.standing.full()
    const storage = engine.standing.storageTrouble()
    const status = storage?.code ?? (faults.length > 0 ? 'model-fault' : 'ok')
    const detail = storage === undefined ? {} : { detail: storage.detail }
    const { count, oldest } = engine.deadLetters.count()
    const age = oldest === undefined ? {} : { oldestForNs: Math.max(0, Math.round(clock.now() - oldest)) }
    const deadLetters = { count, ...age, holding: engine.deadLetters.holding(HOLDING_NAMED) }
    const health = {
      status,
      service: layer,
      ...detail,
      deadLetters,
      ...(faults.length === 0 ? {} : { faults }),
      ...(full.length === 0 ? {} : { full })
    }
    return pretty(status === 'ok' ? reply : notNow(reply), health)
  })

  journalRoute(app, journal, clock, limits.readers)

  app.get('/v1/machines', { schema: systemSchema('The machines') }, (_request, reply) =>
    pretty(reply, { machines: engine.machines() })
  )
  app.get(
    '/v1/machines/:machine',
    { schema: systemSchema('Whether there is a machine') },
    (request: Request, reply) => {
      const machine = request.params['machine'] ?? ''
      if (engine.state(machine) === undefined)
        throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
      return pretty(reply, { machine })
    }
  )
  app.put('/v1/machines/:machine', { schema: systemSchema('Makes a machine') }, (request: Request, reply) => {
    const machine = request.params['machine'] ?? ''
    if (!MACHINE_NAME.test(machine)) {
      throw new ProblemError('field-invalid', 'a machine has up to 63 of a-z, 0-9 and -, not - first', {
        field: '/machine'
      })
    }
    const body = Nothing.parse(request.body ?? {})
    if ('error' in body) throw new ProblemError(body.error.code, body.error.detail, { field: body.error.field })
    if (!engine.has(machine) && engine.count >= limits.machines) {
      const detail = `there are ${limits.machines} machines already (SEABUS_MAX_MACHINES)`
      throw new ProblemError('limit-reached', detail, { field: '/machine' })
    }
    const done = (created: boolean | Problem) => {
      if (typeof created !== 'boolean') return void sendProblem(request, reply, created)
      void pretty(reply.code(created ? 201 : 200), { machine })
    }
    engine.create(machine, done, traceOf(request))
    return reply
  })

  app.get('/openapi.json', { schema: { ...systemSchema('This API as OpenAPI 3.1'), hide: true } }, (request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(servedAt(app.swagger(), request)))
  )
  problemsRoute(app)
}

/** Where the `type` of every problem leads. */
export function problemsRoute(app: FastifyInstance): void {
  app.get(
    '/docs/problems',
    { schema: { ...systemSchema('What each refusal means'), hide: true } },
    async (_request, reply) => reply.type('text/markdown; charset=utf-8').send(await readFile(PROBLEMS_DOC, 'utf8'))
  )
}
