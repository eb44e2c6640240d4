import { Type } from 'typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Became } from '../contracts/became.ts'
import { fieldOfText, fieldSchema } from '../contracts/path.ts'
import { problem, ProblemError, type Problem } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'
import { saysOfWaits } from '../contracts/waits.ts'
import { follow, here, type FollowPorts } from './follow.ts'
import { systemSchema } from './openapi-schema.ts'
import { sendProblem } from './problems.ts'
import { DEFAULT_WITHIN_MS, WAIT_NAMES, WaitQuery } from './wait-query.ts'

const AlsoQuery = Type.Object({
  also: Type.Optional(Type.String({ description: 'further ids that follow from it, with spaces between' }))
})

type Texts = Readonly<Record<string, string>>
type Request = FastifyRequest<{ Params: Texts; Querystring: Texts }>

const form = wire(WaitQuery)

/** Ms to wait, as a query asks; undefined when it does not ask for that. Throws ProblemError for what is no such query. */
export function waitOf(query: Texts): number | undefined {
  const named = Object.entries(query).filter(([name]) => WAIT_NAMES.has(name))
  const parsed = form.parse(
    Object.fromEntries(named.map(([name, text]) => [name, fieldOfText(fieldSchema(WaitQuery, name), text)]))
  )
  if ('error' in parsed) throw new ProblemError(parsed.error.code, parsed.error.detail, { field: parsed.error.field })
  const { wait, within = DEFAULT_WITHIN_MS } = parsed.value as { wait?: string; within?: number }
  return wait === undefined ? undefined : within
}

/** Answers with what became of a message that was accepted, or with why a layer refused it. */
export async function answerSettled(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: FollowPorts,
  { machine, id, withinMs }: { readonly machine: string; readonly id: string; readonly withinMs: number }
): Promise<void> {
  const became = await follow(ports, machine, id, withinMs)
  if (became === undefined) throw unknown(id)
  const told = problemOf(became)
  if (told !== undefined) sendProblem(request, reply, told)
  else void reply.code(200).type('application/json; charset=utf-8').send(JSON.stringify(became))
}

/** What a sender is told instead of an outcome: that a layer refused, or that it is not over. */
function problemOf({ became, id, refused, waits, silent }: Became): Problem | undefined {
  const [first] = refused
  if (became === 'refused' && first !== undefined) {
    const { by, type, code, detail } = first
    // What the layer that was asked refuses has been answered already; this is another one.
    return problem(code as Problem['code'], `${id} was accepted, but ${by} refused ${type}: ${detail}`)
  }
  if (became === 'dead-letter') {
    const detail = `${id} was accepted, but something that it led to, or waits behind, was not taken; ${saysOfWaits(waits)}`
    return problem('dead-letter', detail, { waits })
  }
  if (became !== 'under-way') return undefined
  const deaf = silent.map(({ layer, because }) => `; ${layer} does not answer (${because})`).join('')
  return problem('answer-late', `${id} was accepted and is under way; ${saysOfWaits(waits)}${deaf}`, { waits })
}

const unknown = (id: string) => new ProblemError('message-unknown', `no journal has a message ${id}`)

const MESSAGE = '/v1/machines/:machine/messages/:id'

/** What became of a message, over all layers or here alone. */
export function settledRoutes(app: FastifyInstance, ports: FollowPorts): void {
  const schema = {
    ...systemSchema('What became of a message, over all layers that it led to', WaitQuery),
    response: { 200: { description: 'What became of it', content: { 'application/json': { schema: Became } } } }
  }
  app.get(MESSAGE, { schema }, async (request: Request, reply) => {
    const { machine, id } = of(request, ports)
    const became = await follow(ports, machine, id, waitOf(request.query) ?? 0)
    if (became === undefined) throw unknown(id)
    return reply.type('application/json; charset=utf-8').send(`${JSON.stringify(became, null, 2)}\n`)
  })

  const own = systemSchema('What this layer knows of what follows from a message', AlsoQuery)
  app.get(`${MESSAGE}/here`, { schema: own }, (request: Request, reply) => {
    const { machine, id } = of(request, ports)
    const also = (request.query['also'] ?? '').split(' ').filter((one) => one !== '')
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(here(ports, machine, [id, ...also])))
  })
}

function of({ params }: Request, { engine }: FollowPorts) {
  const { machine = '', id = '' } = params
  if (engine.state(machine) === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
  return { machine, id }
}
