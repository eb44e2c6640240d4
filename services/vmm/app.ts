import type { FastifyInstance } from 'fastify'
import { innerOf } from '../../shared/service/read-route.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { vmmModel } from './model.ts'
import { READS } from './reads.ts'

/** The vmm layer as an HTTP service, not listening yet. */
export function buildVmm(ports: ServicePorts = {}): FastifyInstance {
  return buildService({
    model: vmmModel,
    summary: 'Virtual machine monitors: VMs, the virtual HEST and GHES, asking the policy, injecting through KVM',
    reads: READS,
    view: innerOf,
    ...ports
  })
}
