import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { firmware } from './model.ts'
import { READS } from './reads.ts'

/** The firmware layer as an HTTP service, not listening yet. */
export function buildFirmware(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: firmware,
    summary: 'EL3: HEST, error sources and status blocks, read-ack, the choice of notification',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
