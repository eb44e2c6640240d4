import type { ModelledLayer } from '../shared/contracts/layer.ts'
import type { AnyModel } from '../shared/model/step.ts'
import type { Beside, Inside } from '../shared/service/beside.ts'
import type { ReadRoute } from '../shared/service/read-route.ts'
import { firmwareModel } from './firmware/model.ts'
import { READS as FIRMWARE_READS } from './firmware/reads.ts'
import { guestModel } from './guest/model.ts'
import { READS as GUEST_READS } from './guest/reads.ts'
import { hardwareModel } from './hardware/model.ts'
import { READS as HARDWARE_READS } from './hardware/reads.ts'
import { hostKernelModel } from './host-kernel/model.ts'
import { READS as HOST_KERNEL_READS } from './host-kernel/reads.ts'
import { policyModel } from './policy/model.ts'
import { READS as POLICY_READS } from './policy/reads.ts'
import { vmmModel } from './vmm/model.ts'
import { Monitors } from './vmm/qmp/monitors.ts'
import { READS as VMM_READS } from './vmm/reads.ts'

interface LayerRow {
  readonly model: AnyModel
  /** One sentence for `GET /` and the API's page. */
  readonly summary: string
  /** The layers that its messages go to. */
  readonly sendsTo: readonly ModelledLayer[]
  readonly reads: readonly ReadRoute<unknown>[]
  /** What of it serves others than HTTP does. */
  readonly beside?: (inside: Inside) => Beside
}

/** Every layer that is a model, in the order an error meets them. */
export const LAYER_TABLE: Readonly<Record<ModelledLayer, LayerRow>> = {
  hardware: {
    model: hardwareModel,
    summary: 'PEs, poisoned lines, stage 2, and which exception is raised to whom',
    sendsTo: ['firmware', 'host-kernel', 'guest'],
    reads: HARDWARE_READS
  },
  firmware: {
    model: firmwareModel,
    summary: 'EL3: HEST, error sources and status blocks, read-ack, the choice of notification',
    sendsTo: ['hardware', 'host-kernel'],
    reads: FIRMWARE_READS
  },
  'host-kernel': {
    model: hostKernelModel,
    summary: 'Host Linux: GHES, memory_failure, processes, SIGBUS, KVM',
    sendsTo: ['hardware', 'firmware', 'vmm', 'guest'],
    reads: HOST_KERNEL_READS
  },
  vmm: {
    model: vmmModel,
    summary: 'Virtual machine monitors: VMs, the virtual HEST and GHES, asking the policy, injecting through KVM',
    sendsTo: ['host-kernel', 'policy', 'guest'],
    reads: VMM_READS,
    beside: (inside) => new Monitors(inside)
  },
  policy: {
    model: policyModel,
    summary: 'The answer to one question: this signal, this VM: what now?',
    sendsTo: [],
    reads: POLICY_READS
  },
  guest: {
    model: guestModel,
    summary: 'Guests: a Linux kernel, its tasks, its memory and its own GHES',
    sendsTo: ['hardware', 'host-kernel'],
    reads: GUEST_READS
  }
}

export const MODELS: readonly AnyModel[] = Object.values(LAYER_TABLE).map(({ model }) => model)

/** A service starts after those it asks when a machine begins. */
export const START_ORDER: readonly ModelledLayer[] = ['hardware', 'firmware', 'host-kernel', 'policy', 'guest', 'vmm']
