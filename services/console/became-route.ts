import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { Became } from '../../shared/contracts/became.ts'
import { closed } from '../../shared/contracts/common.ts'
import { ID_RULE, isId } from '../../shared/contracts/event-id.ts'
import { isProblemCode, ProblemError, type Problem as Told } from '../../shared/contracts/problem.ts'
import { queryOf } from '../../shared/machine-room/read-journals.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { WaitQuery } from '../../shared/service/wait-query.ts'
import type { LayerUrls } from './layer-urls.ts'
import { ofTrace } from './passed-on.ts'
import { OF_SERVICES } from './replies.ts'
import { MachineName, queryReader } from './requests.ts'

const MessageQuery = closed({
  machine: Type.Optional(MachineName),
  ...WaitQuery.properties
})

/** Of a layer's entries that belong to an id, so many are looked at for whose it is. */
const LOOKED_AT = 1000
/** Time that a layer has to answer, beside what it is asked to wait. */
const PATIENCE_MS = 10_000

/**
 * `GET /v1/messages/:id` of the console: what became of a message that was answered 202, wherever it was sent. It is known
 * until it is settled, and after that for as long as the journals keep it.
 */
export function becameRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const readQuery = queryReader(MessageQuery)
  const schema = operation({
    id: 'getMessage',
    summary: 'What became of a message, over all layers that it led to',
    description: 'Known until it is settled, and after that for as long as the journals keep it (SEABUS_RETENTION…).',
    tags: ['console'],
    params: Type.Object({ id: Type.String() }),
    querystring: MessageQuery,
    answers: { 200: json(Became, 'What became of it') },
    refuses: [
      'field-missing',
      'message-unknown',
      'machine-unknown',
      'neighbour-unreachable',
      'neighbour-refused',
      'answer-late'
    ],
    modelRefuses: OF_SERVICES
  })
  app.get<{ Params: { id: string }; Querystring: Record<string, string> }>(
    '/v1/messages/:id',
    { schema },
    async (request) => {
      const { id } = request.params
      const { machine, ...waiting } = readQuery(request.query)
      if (!isId(id)) throw new ProblemError('field-invalid', ID_RULE, { field: '/id' })
      const signal = AbortSignal.timeout(PATIENCE_MS + (waiting.within ?? 0))
      const on = machine ?? (await machineOf(layers, id, { fetch, signal }))
      const path = `/v1/machines/${on}/messages/${encodeURIComponent(id)}?${queryOf(waiting)}`
      return asked(layers, id, (url) => fetch(`${url}${path}`, { signal }))
    }
  )
}

/** The machine that the message was for. Throws ProblemError when nobody knows it, or several do. */
async function machineOf(
  layers: LayerUrls,
  id: string,
  ports: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal }
): Promise<string> {
  const urls = Object.values(layers)
  const found = await Promise.all(urls.map((url) => ofTrace(url, id, ports, LOOKED_AT)))
  const machines = [...new Set(found.flat().map(({ machine }) => machine))]
  const [machine] = machines
  if (machine === undefined) throw unknown(id)
  if (machines.length === 1) return machine
  const detail = `${machines.join(', ')} have a message ${id} each: name the machine`
  throw new ProblemError('field-missing', detail, { field: '/machine' })
}

/** What the first layer that knows says. Throws ProblemError as the last one that knows better does. */
async function asked(layers: LayerUrls, id: string, ask: (url: string) => Promise<Response>): Promise<unknown> {
  let problem = unknown(id)
  for (const [layer, url] of Object.entries(layers)) {
    try {
      const response = await ask(url)
      if (response.ok) return await response.json()
      // Someone else's service may refuse without a problem.
      const { code = '', detail = '' } = (await response.json().catch(() => ({}))) as Partial<Told>
      if (code !== 'route-unknown' && isProblemCode(code)) problem = new ProblemError(code, detail)
    } catch (error) {
      problem = new ProblemError('neighbour-unreachable', `${layer} does not answer (${(error as Error).message})`)
    }
  }
  throw problem
}

const unknown = (id: string) => new ProblemError('message-unknown', `no journal has a message ${id}`)
