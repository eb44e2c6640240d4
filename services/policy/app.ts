import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { policyModel } from './model.ts'
import { READS } from './reads.ts'

/** The policy layer as an HTTP service, not listening yet. */
export function buildPolicy(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: policyModel,
    summary: 'The answer to one question: this signal, this VM: what now?',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
