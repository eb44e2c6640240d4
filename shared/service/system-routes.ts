import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Layer } from '../contracts/layer.ts'
import { Health, Machine, Machines, ServiceIndex } from '../contracts/reads/service.ts'
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
import { pretty } from './pretty.ts'
import { sendProblem, notNow } from './problems.ts'
import type { ReadRoute } from './read-route.ts'
import { isEnd, messageLink, readLink, showingToken, systemLinks, type Link } from './curl-links.ts'
import { asyncApiRoute } from './describing/async-document.ts'
import { journalChannel } from './describing/journal-channel.ts'
import { linkChannel } from './describing/link-channel.ts'
import { JournalQuery } from './journal-query.ts'
import { json, ofType, operation, TEXT_SCHEMA } from './describing/operation.ts'
import { MachineParameter } from './describing/message-operation.ts'

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

const tags = ['service']
const OfMachine = Type.Object({ machine: MachineParameter })
const API = { type: 'object', description: 'an OpenAPI document', additionalProperties: true }

const INDEX = operation({
  id: 'getIndex',
  summary: 'What is here, with a curl line each',
  tags,
  answers: { 200: json(ServiceIndex, 'What is here') }
})
const HEALTH = operation({
  id: 'getHealth',
  summary: 'Whether the service is well',
  tags,
  answers: { 200: json(Health, 'It is well'), 503: json(Health, 'It is not, and how') }
})
const MACHINES = operation({
  id: 'listMachines',
  summary: 'The machines',
  tags,
  answers: { 200: json(Machines, 'Their names') }
})
const MACHINE = operation({
  id: 'getMachine',
  summary: 'Whether there is a machine',
  tags,
  params: OfMachine,
  answers: { 200: json(Machine, 'There is') },
  refuses: ['machine-unknown']
})
const MAKES = operation({
  id: 'makeMachine',
  summary: 'Makes a machine',
  tags,
  params: OfMachine,
  body: { content: { 'application/json': { schema: Type.Object({}) } } },
  answers: { 200: json(Machine, 'It is there already'), 201: json(Machine, 'Made') },
  refuses: ['limit-reached', 'machine-deleted', 'storage-full', 'storage-failed']
})
const OPENAPI = operation({
  id: 'getOpenApi',
  summary: 'This API as OpenAPI 3.1',
  tags,
  answers: { 200: json(API, 'The document') }
})
const PROBLEMS = operation({
  id: 'getProblemsPage',
  summary: 'What each refusal means',
  tags,
  answers: { 200: ofType('text/markdown', TEXT_SCHEMA, 'A section for each code') }
})

/** The routes that every service has, whatever its layer. */
export function systemRoutes(app: FastifyInstance, parts: SystemParts): void {
  const { layer, summary, engine, journal, clock, accepts, reads, links, limits, asksToken } = parts

  app.get('/', { schema: INDEX }, (request, reply) => {
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

  app.get('/health', { schema: HEALTH }, (_request, reply) => {
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

  app.get('/v1/machines', { schema: MACHINES }, (_request, reply) => pretty(reply, { machines: engine.machines() }))
  app.get('/v1/machines/:machine', { schema: MACHINE }, (request: Request, reply) => {
    const machine = request.params['machine'] ?? ''
    if (engine.state(machine) === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
    return pretty(reply, { machine })
  })
  app.put('/v1/machines/:machine', { schema: MAKES }, (request: Request, reply) => {
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

  openApiRoute(app)
  asyncApiRoute(app, () => ({
    title: `seabus ${layer}`,
    description: summary,
    channels: {
      link: linkChannel(layer, accepts),
      journal: journalChannel({
        address: '/v1/journal',
        title: 'Journal',
        query: JournalQuery,
        id: 'sendJournal'
      })
    }
  }))
  problemsRoute(app)
}

/** `GET /openapi.json`; its `servers` are where the caller reached this. */
export function openApiRoute(app: FastifyInstance): void {
  app.get('/openapi.json', { schema: OPENAPI }, (request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(servedAt(app.swagger(), request)))
  )
}

/** Where the `type` of every problem leads. */
export function problemsRoute(app: FastifyInstance): void {
  app.get('/docs/problems', { schema: PROBLEMS }, async (_request, reply) =>
    reply.type('text/markdown; charset=utf-8').send(await readFile(PROBLEMS_DOC, 'utf8'))
  )
}
