import type { Notification } from '../../shared/contracts/common.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/**
 * The story of the project: a guest's task consumes an error that the CPU could only raise as an SError, firmware
 * tells Linux by a notification of its own choice, and a policy decides how the guest is told.
 */
export interface StorySetup {
  readonly machine: string
  /** Built-in policy, or any name another policy service understands. */
  readonly policy: string
  /** What the CPU raises; the story has SError. */
  readonly exception: 'SEA' | 'SError'
  /** What firmware uses towards Linux; the story has an interrupt. */
  readonly notify: Notification
  /** false: the node's record has no address. */
  readonly addressValid?: boolean
  /** The VMM and its policy see the exception that the hardware raised, where the host does. */
  readonly exposeException?: boolean
  /** The guest kernel has the SEI patch that was never merged. */
  readonly sei?: boolean
}

const VM = 'vm0'
/** The task that will touch the poisoned page, and one beside it that must survive. */
const CONSUMER = { pid: 1200, comm: 'redis', guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n }
const BYSTANDER = { pid: 1300, comm: 'nginx', guestVirtual: 0xffff_9100_0000n, guestPhysical: 0x4000_5000n }
const OFFSET_IN_PAGE = 0x18n

/** Walks the story on a machine of its own and returns all that happened there. */
export async function walkStory(system: System, setup: StorySetup): Promise<readonly WireEntry[]> {
  const { machine, policy } = setup
  await system.createMachine(machine)
  await system.tell(machine, 'firmware', 'notification.choose', { recoverable: setup.notify })
  await system.tell(machine, 'vmm', 'vm.create', {
    vm: VM,
    policy,
    exposeException: setup.exposeException ?? false,
    guest: { sei: setup.sei ?? false }
  })
  await system.settle()
  for (const { pid, comm, guestVirtual, guestPhysical } of [CONSUMER, BYSTANDER]) {
    const mappings = [{ guestVirtual, guestPhysical, length: 0x1000n }]
    await system.ask(machine, 'guest', 'task.create', { vm: VM, pid, comm, mappings })
  }
  await touch(system, machine, CONSUMER)

  await system.tell(machine, 'hardware', 'error.inject', {
    kind: 'memory',
    hostPhysical: behind(await system.journal(machine), CONSUMER.guestPhysical),
    signalled: setup.exception,
    containment: 'UER',
    severity: 'recoverable',
    addressValid: setup.addressValid ?? true
  })
  await touch(system, machine, CONSUMER)
  if (setup.notify === 'POLLED') await system.advance(POLL_NS)
  await touch(system, machine, BYSTANDER).catch(onlyIfGone)
  return system.journal(machine)
}

/** Longer than the polled source's interval and the kernel's rounding of it. */
const POLL_NS = 2e9

/** After a guest's panic nobody can touch anything; that is an outcome of the story, not a failure to tell it. */
function onlyIfGone(problem: unknown): void {
  if (!(problem instanceof Error) || !problem.message.includes('panicked')) throw problem
}

async function touch(system: System, machine: string, task: typeof CONSUMER): Promise<void> {
  const guestVirtual = task.guestVirtual + OFFSET_IN_PAGE
  await system.tell(machine, 'guest', 'task.access', { vm: VM, pid: task.pid, guestVirtual, access: 'load' })
  await system.settle()
}

/**
 * The host physical address behind a guest physical one: found, as an engineer would, in what KVM last put into
 * stage 2 for that page.
 */
function behind(journal: readonly WireEntry[], guestPhysical: bigint): bigint {
  for (const entry of journal.toReversed()) {
    if (entry.type !== 'stage2.map' || entry.kind !== 'message') continue
    const map = entry.data as { guestPhysical: string; hostPhysical: string; length: string }
    const offset = guestPhysical - BigInt(map.guestPhysical)
    if (offset >= 0n && offset < BigInt(map.length)) return BigInt(map.hostPhysical) + offset
  }
  throw new Error(`KVM has not mapped 0x${guestPhysical.toString(16)}`)
}
