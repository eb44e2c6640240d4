import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { closed } from '../../shared/contracts/common.ts'
import { isProblemCode, ProblemError, type Problem as Told } from '../../shared/contracts/problem.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import type { LayerUrls } from './layer-urls.ts'
import { MachineEverywhere, OF_SERVICES } from './replies.ts'
import { bodyReader, MachineName, requireMachineName } from './requests.ts'

/** What became of a machine in each layer. */
type Made = 'made' | 'had it already' | 'needs no machines'

const PATIENCE_MS = 10_000

/** `PUT /v1/machines/:machine` of the console: the machine begins in every service. A repeat makes what is not there yet. */
export function makeMachineRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const readNothing = bodyReader(closed({}))
  const schema = operation({
    id: 'makeMachine',
    summary: 'Makes a machine in every service that has none of its name',
    tags: ['console'],
    params: Type.Object({ machine: MachineName }),
    body: { content: { 'application/json': { schema: closed({}) } } },
    answers: {
      200: json(MachineEverywhere, 'Every service had it already'),
      201: json(MachineEverywhere, 'Made where it was not')
    },
    // What a service refuses is refused here by its code.
    refuses: [
      'neighbour-unreachable',
      'neighbour-refused',
      'limit-reached',
      'machine-deleted',
      'storage-full',
      'storage-failed'
    ],
    modelRefuses: OF_SERVICES
  })
  app.put<{ Params: { machine: string } }>('/v1/machines/:machine', { schema }, async (request, reply) => {
    const { machine } = request.params
    requireMachineName(machine)
    readNothing(request.body ?? {})
    const services: Record<string, Made> = {}
    // One after the other, hardware first: the host kernel reads firmware's tables when its machine starts.
    for (const [layer, url] of Object.entries(layers)) {
      services[layer] = await makeAt(layer, `${url}/v1/machines/${machine}`, fetch)
    }
    const isNew = Object.values(services).includes('made')
    return reply.code(isNew ? 201 : 200).send({ machine, services })
  })
}

/** Throws ProblemError, which says that the machine may be there in part. */
async function makeAt(layer: string, url: string, fetch: typeof globalThis.fetch): Promise<Made> {
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'PUT', headers, body: '{}', signal: AbortSignal.timeout(PATIENCE_MS) }
  const response = await fetch(url, init).catch((error: unknown) => {
    throw partly('neighbour-unreachable', layer, `cannot be reached (${whyUnreached(error)})`)
  })
  if (response.ok) {
    await response.body?.cancel()
    return response.status === 201 ? 'made' : 'had it already'
  }
  const told = (await response.json().catch(() => ({}))) as Partial<Told>
  if (NOT_OFFERED.has(response.status)) return 'needs no machines'
  const code = told.code !== undefined && isProblemCode(told.code) ? told.code : 'neighbour-refused'
  throw partly(code, layer, `answers ${response.status}: ${told.detail ?? 'and does not say why'}`)
}

const partly = (code: Told['code'], layer: string, why: string) =>
  new ProblemError(code, `${layer} ${why}; the layers before it have the machine: ask again, or delete it`)
