import type { FastifyInstance } from 'fastify'
import type { Layer } from '../../shared/contracts/layer.ts'
import { postTransport } from '../../shared/transport/post.ts'
import type { Model } from '../../shared/model/step.ts'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { linkTransport } from '../../shared/transport/link.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { buildService, type ServiceOptions, type ServicePorts } from '../../shared/service/service.ts'
import { Type } from 'typebox'
import { Bytes, U64 } from '../../shared/contracts/wire.ts'
import { guestModel, PING_ACCEPTS, PING_TYPES, policyModel, vmmModel, type Sums } from '../support/ping.ts'

const SUMS: readonly ReadRoute<Sums>[] = [
  {
    id: 'getSums',
    path: '/v1/machines/:machine/sums',
    reply: Type.Object({ total: U64, count: Type.Integer(), doubled: Type.Array(U64) }),
    summary: 'The sums',
    read: ({ total, count, doubled }) => ({ total, count, doubled })
  },
  {
    id: 'getRawSum',
    path: '/v1/machines/:machine/sums/:name/raw',
    reply: Type.Object({ bytes: Bytes }),
    summary: 'The total as bytes, little-endian',
    params: Type.Object({ name: Type.Enum(['total']) }),
    read: ({ total }) => new Uint8Array(new BigUint64Array([total]).buffer)
  },
  {
    id: 'getDoubled',
    path: '/v1/machines/:machine/doubled/:index',
    reply: Type.Object({ value: U64 }),
    summary: 'One doubled number',
    params: Type.Object({ index: Type.Integer({ minimum: 0 }) }),
    query: Type.Object({ plus: Type.Optional(U64) }),
    read: ({ doubled }, { index, plus = 0n }) => {
      const value = doubled[index as number]
      return value === undefined ? undefined : { value: value + (plus as bigint) }
    }
  }
]

type Ports = ServicePorts &
  Pick<ServiceOptions, 'sendsTo'> & { limit?: { deadlineMs: number; fallback: { value: bigint } } }

export function vmmService({ limit, ...ports }: Ports = {}): FastifyInstance {
  const model = vmmModel(limit)
  const accepts = PING_ACCEPTS.vmm ?? []
  return buildService({ model, accepts, sends: PING_TYPES, reads: SUMS, ...ports })
}

export function policyService(ports: ServicePorts = {}): FastifyInstance {
  return buildService({ model: policyModel, accepts: PING_ACCEPTS.policy ?? [], sends: PING_TYPES, ...ports })
}

export function guestService(ports: ServicePorts = {}): FastifyInstance {
  const reads: readonly ReadRoute<readonly bigint[]>[] = [
    {
      id: 'getSeen',
      path: '/v1/machines/:machine/seen',
      reply: Type.Object({ values: Type.Array(U64) }),
      summary: 'What was seen',
      read: (values) => ({ values })
    }
  ]
  const accepts = PING_ACCEPTS.guest ?? []
  return buildService({ model: guestModel, accepts, sends: PING_TYPES, reads, ...ports })
}

export function modelService<State>(model: Model<State>, ports: ServicePorts = {}): FastifyInstance {
  return buildService({ model, accepts: PING_ACCEPTS[model.layer] ?? [], sends: PING_TYPES, ...ports })
}

/** Listens on a free port and gives the address. */
export const listening = (app: FastifyInstance) => app.listen({ host: '127.0.0.1', port: 0 })

export const TRANSPORTS = { POST: postTransport, link: linkTransport } as const
export type Transport = keyof typeof TRANSPORTS

/** A layer's way to the others. */
export const transportOf = (from: Layer, urls: Partial<Record<Layer, string>>, transport: Transport = 'POST') =>
  TRANSPORTS[transport]({ from, urls, contractOf: (to) => contractOf(PING_ACCEPTS[to] ?? []) })
