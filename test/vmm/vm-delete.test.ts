import t from 'tap'
import { taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate, vmDelete, vmStop } from '../../shared/contracts/vmm.ts'
import type { GuestsState } from '../../services/guest/state.ts'
import type { HardwareState } from '../../services/hardware/state.ts'
import type { HostState } from '../../services/host-kernel/state.ts'
import type { VmmState } from '../../services/vmm/state.ts'
import type { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { room } from '../support/room.ts'

const M = 'm0'
const inner = <State>(bus: MachineRoom, layer: 'vmm' | 'guest' | 'hardware' | 'host-kernel') =>
  (bus.state(layer, M) as { inner: State }).inner

/** The names of VMs that each layer knows of. */
const known = (bus: MachineRoom) => ({
  vmm: [...inner<VmmState>(bus, 'vmm').vms.keys()],
  kvm: [...inner<HostState>(bus, 'host-kernel').vms.keys()],
  guest: [...inner<GuestsState>(bus, 'guest').vms.keys()],
  stage2: Object.keys(inner<HardwareState>(bus, 'hardware').stage2)
})
const NONE = { vmm: [], kvm: [], guest: [], stage2: [] }
const TASK = {
  vm: 'vm0',
  pid: 1200,
  comm: 'redis',
  mappings: [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
}

void t.test('a VM that is deleted ends in every layer, and its name is free again', async (t) => {
  const { bus, system } = room({ machines: [M] })
  await system.tell(M, vmCreate, { vm: 'vm0' })
  await system.settle()
  await system.tell(M, taskCreate, TASK)
  await system.settle()

  await system.ask(M, vmDelete, { vm: 'vm0' })
  await system.settle()

  t.strictSame(known(bus), NONE)
  t.strictSame(await system.timers(M), [])
  await system.tell(M, vmCreate, { vm: 'vm0' })
  await system.settle()
  t.strictSame(known(bus), { vmm: ['vm0'], kvm: ['vm0'], guest: ['vm0'], stage2: known(bus).stage2 })
  t.match([...inner<VmmState>(bus, 'vmm').vms.values()], [{ run: 'running', pid: 4242 + 32 }])
  await system.tell(M, taskCreate, TASK)
  await system.settle()
  t.strictSame(bus.refusals(), [], 'nobody was refused anything')
})

void t.test('a VM that has ended can be deleted, one that is not there cannot', async (t) => {
  const { bus, system } = room({ machines: [M] })
  await system.tell(M, vmCreate, { vm: 'vm0' })
  await system.tell(M, vmCreate, { vm: 'vm1' })
  await system.settle()
  await system.ask(M, vmStop, { vm: 'vm0' })
  await system.settle()

  await system.ask(M, vmDelete, { vm: 'vm0' })
  await system.settle()

  t.match(known(bus), { vmm: ['vm1'], kvm: ['vm1'], guest: ['vm1'] })
  await t.rejects(system.ask(M, vmDelete, { vm: 'vm0' }), { message: /no VM vm0/ })
  await system.tell(M, vmCreate, { vm: 'vm2' })
  await system.settle()
  t.match([...inner<VmmState>(bus, 'vmm').vms.values()], [{ name: 'vm1' }, { name: 'vm2', run: 'running' }])
})
