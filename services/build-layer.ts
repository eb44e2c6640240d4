import type { FastifyInstance } from 'fastify'
import { buildService, type ServicePorts } from '../shared/service/service.ts'
import type { ModelledLayer } from '../shared/contracts/layer.ts'
import { LAYER_TABLE } from './layers.ts'

/** A layer as an HTTP service, not listening yet. */
export function buildLayer(layer: ModelledLayer, ports: ServicePorts = {}): FastifyInstance {
  return buildService({ ...LAYER_TABLE[layer], ...ports })
}
