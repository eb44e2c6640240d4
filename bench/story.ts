import { taskAccess, taskCreate } from '../shared/contracts/guest.ts'
import { errorInject } from '../shared/contracts/hardware.ts'
import type { MessageType } from '../shared/contracts/message.ts'
import { vmCreate } from '../shared/contracts/vmm.ts'

/** A message that whoever drives a machine sends to it from outside. */
export interface Told {
  readonly message: MessageType
  readonly data: unknown
}

const GUEST_VIRTUAL = 0xffff_9000_0000n
const GUEST_PHYSICAL = 0x4000_1000n
/** Where the page above lies in the host: the VM's memory begins at 0x7c00_0000. */
const HOST_PHYSICAL = 0x7c00_1000n
const LENGTH = 0x1000n

const touch: Told = {
  message: taskAccess,
  data: { vm: 'vm0', pid: 1200, guestVirtual: GUEST_VIRTUAL + 0x18n, access: 'load' }
}

/** What makes a machine ready: a VM, and when its guest has booted, a task whose page stage 2 maps. */
export const SET_UP = {
  vm: { message: vmCreate, data: { vm: 'vm0', policy: 'morse' } },
  task: {
    message: taskCreate,
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
    message: errorInject,
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
