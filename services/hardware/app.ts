import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { hardware } from './model.ts'
import { READS } from './reads.ts'

/** The hardware layer as an HTTP service, not listening yet. */
export function buildHardware(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: hardware,
    summary: 'PEs, poisoned lines, stage 2, and which exception is raised to whom',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
