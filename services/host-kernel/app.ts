import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { hostKernelModel } from './model.ts'
import { READS } from './reads.ts'

/** The host-kernel layer as an HTTP service, not listening yet. */
export function buildHostKernel(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: hostKernelModel,
    summary: 'Host Linux: GHES, memory_failure, processes, SIGBUS, KVM',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
