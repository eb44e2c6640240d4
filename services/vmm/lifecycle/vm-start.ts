import { processCreate } from '../../../shared/contracts/host-kernel.ts'
import { kvmCreateVcpu, kvmCreateVm, kvmEnableCap, kvmSetUserMemoryRegion } from '../../../shared/contracts/kvm.ts'
import { guestCreate } from '../../../shared/contracts/guest.ts'
import { capabilityMissing, policyNotAsked, vmCreated } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Io } from '../../../shared/model/io.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { installTables, run, setRegisters } from './install-tables.ts'
import { ask, ioctl } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'
import type { VmSetup } from './vm-setup.ts'

/** A step of starting; false when a neighbour did not do it. */
type Start = (vm: Vm, setup: VmSetup, io: Io) => boolean

/**
 * In this order: nothing of KVM without the process, no vCPU without memory, no run without tables.
 *
 * Spec: QEMU 10.2 accel/kvm/kvm-all.c, kvm_init, kvm_set_phys_mem, kvm_init_vcpu; hw/arm/virt.c, virt_machine_done.
 * Fidelity: approximates. Devices and the interrupt controller are left out.
 */
const STARTS: readonly (readonly [string, Start])[] = [
  ['KVM made no VM', createKvmVm],
  ['KVM took no memory', setMemory],
  ['KVM made no vCPU', createVcpus],
  ['the guest was not made', createGuest],
  ['the registers were not set', (vm, _setup, io) => setRegisters(vm, io)]
]

/** Starts a VM and runs its vCPUs; when a neighbour refuses something it is `failed` and says what. */
export function startVm(vm: Vm, setup: VmSetup, io: Io): Vm {
  if (!createProcess(vm, setup, io)) return endVm(vm, 'failed', 'the host gave no process', io)
  for (const [because, start] of STARTS) {
    if (!start(vm, setup, io)) return endVm(vm, 'failed', because, io, EXIT_FAILURE)
  }
  const { name, profile, policy, pid, hest } = vm
  io.note(vmCreated, { vm: name, profile, policy, pid, hest })
  if (setup.policy !== undefined && PROFILES[profile].asks === 'nobody') sayThatNobodyIsAsked(vm, io)
  return setup.guest.firmware ? finishBoot(vm, io) : vm
}

/** Guest firmware has run: tables lie in memory and the kernel starts. */
export function finishBoot(vm: Vm, io: Io): Vm {
  const installed = installTables(vm, io)
  return installed === undefined
    ? endVm(vm, 'failed', 'the guest took no tables', io, EXIT_FAILURE)
    : run(installed, io)
}

function sayThatNobodyIsAsked({ name, profile, policy }: Vm, io: Io): void {
  const because = `${profile} asks nobody: ${PROFILES[profile].summary}`
  io.note(policyNotAsked, { vm: name, profile, policy, because })
}

/**
 * Threads in the order of their ids: the main one, the vCPUs, and one for work such as a migration. Mapped are the
 * guest's RAM and some memory of the VMM's own.
 */
function createProcess(vm: Vm, { hostVirtual, length, backing, mceKill, pid }: VmSetup, io: Io): boolean {
  const { sigbus, comm, workersBlockSigbus } = PROFILES[vm.profile]
  const threads = [
    ...[pid, ...vm.vcpus.map(({ tid }) => tid)].map((tid) => ({ tid, mceKill, sigbus })),
    { tid: vm.worker, mceKill, sigbus, sigbusBlocked: workersBlockSigbus }
  ]
  const request = { pid, comm, mceKill, sigbus, threads, mappings: [{ hostVirtual, length, backing }, vm.own] }
  return ask(io, vm.name, processCreate, request) !== undefined
}

/** A capability that the host does not have is done without, and said. */
function createKvmVm({ name, pid, exposeException, profile }: Vm, _setup: VmSetup, io: Io): boolean {
  if (!ioctl(io, name, kvmCreateVm, { vm: name, pid, exposeException })) return false
  for (const capability of PROFILES[profile].capabilities) {
    const enabled = ioctl(io, name, kvmEnableCap, { vm: name, capability })
    if (!enabled) io.note(capabilityMissing, { vm: name, capability, because: 'this host kernel does not have it' })
  }
  return true
}

function setMemory({ name, slots }: Vm, _setup: VmSetup, io: Io): boolean {
  return slots.every((range, slot) => ioctl(io, name, kvmSetUserMemoryRegion, { vm: name, slot, ...range }))
}

function createVcpus({ name, vcpus }: Vm, _setup: VmSetup, io: Io): boolean {
  return vcpus.every(({ tid }, vcpu) => ioctl(io, name, kvmCreateVcpu, { vm: name, vcpu, tid }))
}

function createGuest(vm: Vm, { vcpus, guestPhysical, length, guest }: VmSetup, io: Io): boolean {
  const { name, hest } = vm
  const { errorIntid } = PROFILES[vm.profile]
  const { linux, sei, syncWinner, config, frames } = guest
  const request = {
    vm: name,
    vcpus,
    linux,
    sei,
    ...(syncWinner === undefined ? {} : { syncWinner }),
    ...(config === undefined ? {} : { config }),
    ...(frames === undefined ? {} : { frames }),
    guestPhysical,
    length,
    ...(hest === undefined ? {} : { hestAddress: hest }),
    ...(errorIntid === undefined ? {} : { errorIntid })
  }
  return ask(io, name, guestCreate, request) !== undefined
}
