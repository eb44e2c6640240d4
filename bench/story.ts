import type { Layer } from '../shared/contracts/layer.ts'

/** A message that whoever drives a machine sends to it from outside. */
export interface Told {
  readonly to: Layer
  readonly type: string
  readonly data: unknown
}

const GUEST_VIRTUAL = 0xffff_9000_0000n
const GUEST_PHYSICAL = 0x4000_1000n
/** Where the page above lies in the host: the VM's memory begins at 0x7c00_0000. */
const HOST_PHYSICAL = 0x7c00_1000n
const LENGTH = 0x1000n

const touch: Told = {
  to: 'guest',
  type: 'task.access',
  data: { vm: 'vm0', pid: 1200, guestVirtual: GUEST_VIRTUAL + 0x18n, access: 'load' }
}

/** What makes a machine ready: a VM, and when its guest has booted, a task whose page stage 2 maps. */
export const SET_UP = {
  vm: { to: 'vmm', type: 'vm.create', data: { vm: 'vm0', policy: 'morse' } },
  task: {
    to: 'guest',
    type: 'task.create',
    data: {
      vm: 'vm0',
      pid: 1200,
      comm: 'redis',
      mappings: [{ guestVirtual: GUEST_VIRTUAL, guestPhysical: GUEST_PHYSICAL, length: LENGTH }]
    }
  },
  touch
} as const satisfies Readonly<Record<string, Told>>

/** From the error to the dead task: SError, notification, AO, stage-2 fault, AR, SEA, SIGBUS in the guest. */
export const STORY: readonly Told[] = [
  {
    to: 'hardware',
    type: 'error.inject',
    data: {
      kind: 'memory',
      hostPhysical: HOST_PHYSICAL,
      signalled: 'SError',
      containment: 'UER',
      severity: 'recoverable'
    }
  },
  touch
]

/** The note of the guest that ends a story, and what it says then. */
export const END = { type: 'guest.access', outcome: 'killed' } as const
