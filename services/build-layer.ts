import type { FastifyInstance } from 'fastify'
import type { Beside, Inside } from '../shared/service/beside.ts'
import { buildService, type ServicePorts } from '../shared/service/service.ts'
import type { ModelledLayer } from '../shared/contracts/layer.ts'
import { LAYER_TABLE } from './layers.ts'
import { Monitors } from './vmm/qmp/monitors.ts'

/** What of a layer serves others than HTTP does. */
const BESIDE: Readonly<Partial<Record<ModelledLayer, (inside: Inside) => Beside>>> = {
  vmm: (inside) => new Monitors(inside)
}

/** A layer as an HTTP service, not listening yet. */
export function buildLayer(layer: ModelledLayer, ports: ServicePorts = {}): FastifyInstance {
  const beside = BESIDE[layer]
  return buildService({ ...LAYER_TABLE[layer], ...ports, ...(beside === undefined ? {} : { beside }) })
}
