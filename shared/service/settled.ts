import { Type } from 'typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Became } from '../contracts/became.ts'
import { fieldOfText, fieldSchema } from '../contracts/path.ts'
import { problem, ProblemError, type Problem } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'
import { saysOfWaits } from '../contracts/waits.ts'
import { preferredWait } from './at-rest.ts'
import { follow, type FollowPorts } from './follow.ts'
import { hereOnceQuiet } from './here.ts'
import { HEADER } from '../transport/headers.ts'
import type { Engine } from '../engine/engine.ts'
import { MessageHere } from '../contracts/reads/service.ts'
import { MachineParameter } from './describing/message-operation.ts'
import { json, operation } from './describing/operation.ts'
import { pretty } from './pretty.ts'
import { sendProblem } from './problems.ts'
import { DEFAULT_WITHIN_MS, WAIT_NAMES, WaitQuery } from './wait-query.ts'

const AlsoQuery = Type.Object({
  also: Type.Optional(Type.String({ description: 'further ids that follow from it, with spaces between' }))
})

const WaitHeaders = Type.Object({
  [HEADER.prefer]: Type.Optional(
    Type.String({
      description:
        'wait=SECONDS: answer once this layer has nothing to do about it any more, or the time is over (RFC 7240)'
    })
  )
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
  const became = await follow(ports, machine, id, withinMs, goneOf(reply))
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
  const deaf = silent.map(({ layer, because }) => `; ${layer} does not answer (${because})`).join('')
  if (became === 'unknown') {
    return problem(
      'outcome-unknown',
      `${id} was accepted, and no layer that answers has anything to do about it${deaf}`
    )
  }
  if (became !== 'under-way') return undefined
  return problem('answer-late', `${id} was accepted and is under way; ${saysOfWaits(waits)}${deaf}`, { waits })
}

/** Aborted when whoever asks is gone. */
function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}

const unknown = (id: string) => new ProblemError('message-unknown', `no journal has a message ${id}`)

const OfMessage = Type.Object({ machine: MachineParameter, id: Type.String() })
const BECAME = operation({
  id: 'getMessage',
  summary: 'What became of a message, over all layers that it led to',
  tags: ['service'],
  params: OfMessage,
  querystring: WaitQuery,
  answers: { 200: json(Became, 'What became of it') },
  refuses: ['machine-unknown', 'message-unknown']
})
const HERE = operation({
  id: 'getMessageHere',
  summary: 'What this layer knows of what follows from a message',
  tags: ['service'],
  params: OfMessage,
  querystring: AlsoQuery,
  headers: WaitHeaders,
  answers: { 200: json(MessageHere, 'What it knows') },
  refuses: ['machine-unknown']
})

const MESSAGE = '/v1/machines/:machine/messages/:id'

export interface SettledPorts extends FollowPorts {
  readonly engine: Engine
}

/** What became of a message, over all layers or here alone. */
export function settledRoutes(app: FastifyInstance, ports: SettledPorts): void {
  app.get(MESSAGE, { schema: BECAME }, async (request: Request, reply) => {
    const { machine, id } = of(request, ports)
    const became = await follow(ports, machine, id, waitOf(request.query) ?? 0, goneOf(reply))
    if (became === undefined) throw unknown(id)
    return pretty(reply, became)
  })

  app.get(`${MESSAGE}/here`, { schema: HERE }, async (request: Request, reply) => {
    const { machine, id } = of(request, ports)
    const also = (request.query['also'] ?? '').split(' ').filter((one) => one !== '')
    const seconds = preferredWait(request.headers[HEADER.prefer])
    const known = await hereOnceQuiet(ports, machine, [id, ...also], seconds, () => reply.raw.destroyed)
    if (seconds > 0) void reply.header(HEADER.preferenceApplied, `wait=${seconds}`)
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(known))
  })
}

function of({ params }: Request, { engine }: SettledPorts) {
  const { machine = '', id = '' } = params
  if (engine.state(machine) === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
  return { machine, id }
}
