import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { guestModel } from './model.ts'
import { READS } from './reads.ts'

/** The guest layer as an HTTP service, not listening yet. */
export function buildGuest(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: guestModel,
    summary: 'Guests: a Linux kernel, its tasks, its memory and its own GHES',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
