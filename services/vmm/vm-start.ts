import type { Io } from '../../shared/kit/procedure.ts'
import { endVm } from './end-vm.ts'
import { guestHest, hardwareErrorsBlob } from './error-sources.ts'
import { ask, ioctl, resume, writeGuest } from './neighbours.ts'
import { PROFILES } from './profiles.ts'
import type { Vm } from './state.ts'
import type { VmSetup } from './vm-create.ts'

/** Entry of the guest kernel from the start of its RAM, and the PSTATE it starts with: EL1h, DAIF masked. */
const KERNEL_OFFSET = 0x8_0000n
const RESET_PSTATE = 0x3c5n

/** A step of starting; false when a neighbour did not do it. */
type Start = (vm: Vm, setup: VmSetup, io: Io) => boolean

/**
 * In this order: nothing of KVM without the process, no vCPU without memory, no run without tables.
 *
 * Spec: QEMU 10.2 accel/kvm/kvm-all.c, kvm_init, kvm_set_phys_mem, kvm_init_vcpu; hw/arm/virt.c, virt_machine_done.
 * Fidelity: approximates. Tables lie in guest memory from the start; QEMU's guest firmware puts them there.
 */
const STARTS: readonly (readonly [string, Start])[] = [
  ['the host gave no process', createProcess],
  ['KVM made no VM', createKvmVm],
  ['KVM took no memory', setMemory],
  ['KVM made no vCPU', createVcpus],
  ['the guest was not made', createGuest],
  ['the registers were not set', setRegisters]
]

/** Starts a VM and runs its vCPUs; when a neighbour refuses something it is `failed` and says what. */
export function startVm(vm: Vm, setup: VmSetup, io: Io): Vm {
  for (const [because, start] of STARTS) {
    if (!start(vm, setup, io)) return endVm(vm, 'failed', because, io)
  }
  io.note('vm.created', { vm: vm.name, profile: vm.profile, policy: vm.policy, pid: vm.pid, hest: vm.hest })
  return vm.vcpus.reduce((running, _, index) => resume(running, index, io), vm)
}

function createProcess(vm: Vm, { hostVirtual, length, backing, mceKill, pid }: VmSetup, io: Io): boolean {
  const { sigbus } = PROFILES[vm.profile]
  const threads = [pid, ...vm.vcpus.map(({ tid }) => tid)].map((tid) => ({ tid, mceKill, sigbus }))
  const request = { pid, comm: 'vmm', mceKill, sigbus, threads, mappings: [{ hostVirtual, length, backing }] }
  return ask(io, vm.name, 'host-kernel', 'process.create', request) !== undefined
}

function createKvmVm({ name, pid, exposeException }: Vm, _setup: VmSetup, io: Io): boolean {
  return ioctl(io, name, 'kvm.create-vm', { vm: name, pid, exposeException })
}

function setMemory({ name, slots }: Vm, _setup: VmSetup, io: Io): boolean {
  return slots.every((range, slot) => ioctl(io, name, 'kvm.set-user-memory-region', { vm: name, slot, ...range }))
}

function createVcpus({ name, vcpus }: Vm, _setup: VmSetup, io: Io): boolean {
  return vcpus.every(({ tid }, vcpu) => ioctl(io, name, 'kvm.create-vcpu', { vm: name, vcpu, tid }))
}

/** The guest and what its firmware would have left in its memory. */
function createGuest(vm: Vm, { vcpus, guestPhysical, length, guest }: VmSetup, io: Io): boolean {
  const { name, hest, sources } = vm
  const { errorIntid } = PROFILES[vm.profile]
  const ram = { guestPhysical, length, hestAddress: hest, errorIntid }
  if (ask(io, name, 'guest', 'guest.create', { vm: name, vcpus, ...guest, ...ram }) === undefined) return false
  const blob = sources[0]?.pointer
  if (blob !== undefined && !writeGuest(io, name, blob, hardwareErrorsBlob(sources))) return false
  return writeGuest(io, name, hest, guestHest(sources))
}

function setRegisters({ name, vcpus }: Vm, { guestPhysical }: VmSetup, io: Io): boolean {
  const set = (vcpu: number, reg: string, value: bigint) =>
    ioctl(io, name, 'kvm.set-one-reg', { vm: name, vcpu, reg, value })
  return vcpus.every((_, vcpu) => set(vcpu, 'pc', guestPhysical + KERNEL_OFFSET) && set(vcpu, 'pstate', RESET_PSTATE))
}
