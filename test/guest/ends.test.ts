import t from 'tap'
import { guestReset, taskAccess, taskCreate, vcpuEnter } from '../../shared/contracts/guest.ts'
import { exceptionTakeEl3 } from '../../shared/contracts/firmware.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { hostBoot, processCreate } from '../../shared/contracts/host-kernel.ts'
import { vmCreate, vmMigrate, vmReset, vmStop } from '../../shared/contracts/vmm.ts'
import { READS as GUEST_READS } from '../../services/guest/reads.ts'
import { READS as HOST_READS } from '../../services/host-kernel/reads.ts'
import { readers, room } from '../support/room.ts'

const M = 'm0'
const VIRTUAL = 0xffff_9000_0000n
const TASK = { vm: 'vm0', pid: 1200 }
const LOAD = { ...TASK, guestVirtual: VIRTUAL, access: 'load' } as const
const MAPPINGS = [{ guestVirtual: VIRTUAL, guestPhysical: 0x4000_1000n, length: 0x1000n }]

/** A machine with a VM and a task in it. */
async function machine(vm: Partial<Parameters<typeof JSON.stringify>[0]> = {}) {
  const { bus, system } = room()
  await system.createMachine(M)
  await system.tell(M, vmCreate, { vm: 'vm0', ...(vm as object) })
  await system.settle()
  await system.ask(M, taskCreate, { ...TASK, comm: 'redis', mappings: MAPPINGS })
  const read = (layer: 'guest' | 'host-kernel', path: string) => {
    const route = (layer === 'guest' ? GUEST_READS : HOST_READS).find((one) => one.path.endsWith(path))
    const { inner } = bus.state(layer, M) as { inner: never }
    return route?.read(inner, { vm: 'vm0' }, { machine: M, now: 0 })
  }
  return { bus, system, read }
}

/** A VM whose guest firmware has not run: its vCPU is not in KVM_RUN, and what its tasks are to do waits. */
const NOT_BOOTED = { guest: { firmware: false } }

void t.test('of a VM that was stopped no task runs: what waits ends, and more is refused', async (t) => {
  const { system, read } = await machine(NOT_BOOTED)
  await system.tell(M, taskAccess, LOAD)
  await system.tell(M, taskAccess, LOAD)

  await system.ask(M, vmStop, { vm: 'vm0' })
  await system.settle()

  const ends = readers(await system.journal(M)).notes('guest.access')
  t.match(ends, [{ outcome: 'gone' }, { outcome: 'gone' }])
  t.match(read('guest', '/vms/:vm'), { state: 'gone', gone: /its process \d+ has ended/ })
  t.match(read('guest', '/tasks'), { guest: 'gone', tasks: [{ pid: 1200, state: 'gone' }] })
  const more = { ...TASK, pid: 1300, comm: 'nginx', mappings: MAPPINGS }
  await t.rejects(system.tell(M, taskAccess, LOAD), /vm-state: vm vm0 is gone/)
  await t.rejects(system.ask(M, taskCreate, more), /vm-state/)
  await t.rejects(system.ask(M, guestReset, { vm: 'vm0' }), /vm-state/)
  await t.rejects(system.tell(M, vcpuEnter, { vm: 'vm0', vcpu: 0, pc: 0n, pstate: 0n }), /vm-state/)
})

void t.test('a VM that migrated leaves nothing here that runs', async (t) => {
  const { system, read } = await machine({ profile: 'qemu-10.2' })

  await system.ask(M, vmMigrate, { vm: 'vm0' })
  await system.settle()

  t.match(read('guest', '/vms/:vm'), { state: 'gone' })
  await t.rejects(system.tell(M, taskAccess, LOAD), /vm-state/)
})

const UNCONTAINED = {
  exception: 'SError',
  el: 3,
  esr: 0xbe00_0011n,
  interrupted: { pid: 1, tid: 1, el: 0, pc: 0n, pstate: 0n, access: 'load', virtual: 0n, physical: 0n }
} as const

void t.test('where firmware has stopped the platform nothing above it runs, and all of it says so', async (t) => {
  const { system, read } = await machine()

  await system.tell(M, exceptionTakeEl3, UNCONTAINED)
  await system.settle()

  t.match(read('host-kernel', '/kernel'), { state: 'halted', halted: /uncontainable/, panic: null })
  t.match(read('guest', '/vms/:vm'), { state: 'gone', gone: /firmware has stopped the platform/ })
  await t.rejects(system.tell(M, taskAccess, LOAD), /vm-state/)
  await t.rejects(system.ask(M, processCreate, { pid: 9, comm: 'x', mappings: [] }), /machine-panicked/)
  await t.rejects(system.tell(M, hostBoot, {}), /machine-panicked/)
  await t.rejects(system.ask(M, vmReset, { vm: 'vm0' }), /vm-state: VM vm0 is killed/)
})

void t.test('a host that was booted anew has none of the VMs that ran before', async (t) => {
  const { bus, system, read } = await machine()

  await system.tell(M, hostBoot, {})
  await system.settle()

  t.match(read('guest', '/vms/:vm'), { state: 'gone', gone: 'the host was rebooted' })
  t.match(readers(await system.journal(M)).notes('vm.ended'), [{ vm: 'vm0', state: 'killed' }])
  t.match(read('host-kernel', '/kernel'), { state: 'running' })
  t.match(bus.refusals(), [])
})

void t.test('a guest of a host that panics does not run on', async (t) => {
  const { system, read } = await machine({ policy: 'morse' })
  const fatal = { kind: 'memory', hostPhysical: 0x7bf1_5000n, signalled: 'interrupt', containment: 'UER' } as const

  await system.tell(M, errorInject, { ...fatal, severity: 'fatal' })
  await system.settle()

  t.match(read('host-kernel', '/kernel'), { state: 'panicked' })
  t.match(read('guest', '/vms/:vm'), { state: 'gone', gone: 'the host kernel has panicked' })
  await t.rejects(system.tell(M, taskAccess, LOAD), /vm-state/)
  await t.rejects(system.ask(M, vmReset, { vm: 'vm0' }), /vm-state/)
})
