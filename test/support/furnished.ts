import { processCreate } from '../../shared/contracts/host-kernel.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import type { Services } from './services.ts'

/** Puts a VM with a task that has run, and a process beside it, on a machine: something to look at and to change. */
export async function furnished({ system }: Pick<Services, 'system'>, machine = 'm0'): Promise<void> {
  await system.tell(machine, vmCreate, { vm: 'vm0', policy: 'morse' })
  await system.settle()
  await system.ask(machine, taskCreate, {
    vm: 'vm0',
    pid: 1200,
    comm: 'redis',
    mappings: [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
  })
  const access = { vm: 'vm0', pid: 1200, guestVirtual: 0xffff_9000_0018n, access: 'load' as const }
  await system.tell(machine, taskAccess, access)
  await system.settle()
  await system.ask(machine, processCreate, {
    pid: 119,
    comm: 'victim',
    mappings: [{ hostVirtual: 0xffff_9a80_1000n, hostPhysical: 0x7bf1_5000n, length: 0x1000n, backing: 'anonymous' }]
  })
}
