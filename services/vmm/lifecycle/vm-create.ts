import { requireRoomFor } from '../../../shared/contracts/bounds.ts'
import { hex } from '../../../shared/formats/hex.ts'
import type { VmCreate } from '../../../shared/contracts/vmm.ts'
import type { Io } from '../../../shared/model/io.ts'
import { placeSources } from '../telling/error-sources.ts'
import { DEFAULTS, setupOf, type VmSetup } from './vm-setup.ts'
import { startVm } from './vm-start.ts'
import { PROFILES } from '../profiles.ts'
import { IDLE_VCPU, NO_COUNTS, type Vm, type VmmState } from '../state.ts'
import { requirePolicy } from './vm-policy.ts'

const PAGE = 0x1000n
/** The ACPI area is at the top of RAM, the kernel's entry near its start. */
const LEAST_RAM = 0x40_0000n
const U64_END = 1n << 64n

/** Distances from the end of RAM; with 64 MiB at 1 GiB the blob lies where QEMU's own test has it, 0x43da0000. */
const HEST_BELOW_END = 0x27_0000n
const BLOB_BELOW_END = 0x26_0000n

/** The VMM's own heap, as far as the model has one. */
const OWN = { hostVirtual: 0xaaaa_b000_0000n, length: 0x1_0000n, backing: 'anonymous' } as const

/** Makes a VM and starts it. Refuses what cannot be one before anything has happened. */
export function createVm(state: VmmState, request: VmCreate, io: Io): VmmState {
  if (state.vms.has(request.vm)) io.refuse('already-exists', `VM ${request.vm} exists already`, '/vm')
  requireRoomFor('machineVms', state.vms.size, io, '/vm')
  if (request.profile !== undefined && !Object.hasOwn(PROFILES, request.profile)) {
    const known = Object.keys(PROFILES).join(', ')
    io.refuse('profile-unknown', `no profile ${String(request.profile)}; known: ${known}`, '/profile')
  }
  const before = state.vms.size + (state.forgotten ?? 0)
  const setup = setupOf(request, before)
  requirePolicy(setup.policy, io)
  requireMachineType(setup, io)
  requireRange(setup, io)
  requireFreePids(state, setup, io)
  return { ...state, vms: new Map(state.vms).set(setup.vm, startVm(newVm(setup, before + 1), setup, io)) }
}

function requireRange({ guestPhysical, hostVirtual, length }: VmSetup, io: Io): void {
  for (const [field, value] of Object.entries({ guestPhysical, hostVirtual, length })) {
    if (value % PAGE !== 0n) {
      io.refuse('range-invalid', `${field} ${hex(value)} is no multiple of 4 KiB`, `/${field}`)
    }
  }
  if (length < LEAST_RAM) io.refuse('range-invalid', 'a guest needs 4 MiB of RAM or more', '/length')
  for (const [field, start] of Object.entries({ guestPhysical, hostVirtual })) {
    if (start + length > U64_END) io.refuse('range-invalid', `${field} and length wrap around`, `/${field}`)
  }
}

/** QEMU's machine types, and only those that its version has. */
function requireMachineType({ profile, machineType }: VmSetup, io: Io): void {
  if (machineType === undefined) return
  const { oem, newMachineTypes } = PROFILES[profile]
  if (oem === 'qemu' && (newMachineTypes || machineType === 'virt-10.1')) return
  io.refuse('request-unsupported', `${profile} has no machine type ${machineType}`, '/machineType')
}

function requireFreePids(state: VmmState, { vm, pid, vcpus }: VmSetup, io: Io): void {
  const other = [...state.vms.values()].find((taken) => pid <= taken.worker && taken.pid <= workerOf(pid, vcpus))
  if (other !== undefined) {
    const detail = `the threads of ${vm} (${pid} to ${workerOf(pid, vcpus)}) would be those of ${other.name}`
    io.refuse('already-exists', detail, '/pid')
  }
}

/** The thread behind those of the vCPUs. */
const workerOf = (pid: number, vcpus: number) => pid + vcpus + 1

function newVm(setup: VmSetup, number: number): Vm {
  const { vm, profile, policy, exposeException, pid, vcpus, guestPhysical, hostVirtual, length, backing } = setup
  const { oem, newMachineTypes, sources, defaultPolicy } = PROFILES[profile]
  const machineType = oem === 'qemu' ? (setup.machineType ?? (newMachineTypes ? 'virt-10.2' : 'virt-10.1')) : undefined
  const end = guestPhysical + length
  const specs = setup.ras ? sources({ sei: setup.guest.sei, newMachineType: machineType === 'virt-10.2' }) : []
  return {
    name: vm,
    number,
    profile,
    policy: policy ?? defaultPolicy,
    policyDeadlineMs: setup.policyDeadlineMs ?? DEFAULTS.policyDeadlineMs,
    fallback: setup.fallback ?? {},
    exposeException,
    pid,
    run: 'running',
    because: undefined,
    slots: [{ guestPhysical, hostVirtual, length }],
    vcpus: Array.from({ length: vcpus }, (_, index) => ({ ...IDLE_VCPU, tid: pid + 1 + index })),
    worker: workerOf(pid, vcpus),
    backing,
    own: OWN,
    machineType,
    hest: specs.length === 0 ? undefined : end - HEST_BELOW_END,
    ghesAddress: undefined,
    started: false,
    sources: placeSources(specs, end - BLOB_BELOW_END),
    poisoned: [],
    errorLineHigh: false,
    exception: undefined,
    counters: NO_COUNTS,
    history: []
  }
}
