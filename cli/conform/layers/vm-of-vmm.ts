import { guestCreate, type GuestCreate } from '../../../shared/contracts/guest.ts'
import { processCreate } from '../../../shared/contracts/host-kernel.ts'
import { EXIT_REASON, kvmCreateVcpu, kvmRun, kvmSetUserMemoryRegion } from '../../../shared/contracts/kvm.ts'
import { policyDecide, type Decision, type Question } from '../../../shared/contracts/policy.ts'
import { kvmExit, signalDeliver, vmCreate, type VmCreate } from '../../../shared/contracts/vmm.ts'
import {
  BUS_MCEERR_AO,
  BUS_MCEERR_AR,
  encodeSiginfo,
  SIGBUS,
  SIGBUS_CODE_NAME
} from '../../../shared/formats/siginfo.ts'
import { Broken, type Scene } from '../scene.ts'
import { playGuestMemory, sourcesOf, type GuestMemory, type GuestSource } from './guest-memory.ts'

/** A VM of the VMM under test, whose host kernel and guest are played. */

export const NAME = 'vm0'
const GUEST_PHYSICAL = 0x4000_0000n
/** Where the kernel puts what is mapped: of no matter to a VMM, but it has to be somewhere. */
const HOST_PHYSICAL = 0x4800_0000n
/** How long a policy has in rules about its answer: longer than a machine is ever busy. */
const PATIENT_DEADLINE_MS = 60_000
export const EINTR = { ret: -1, errno: 4, exitReason: EXIT_REASON.KVM_EXIT_INTR, pc: 0x40_0c10n } as const

/** What the neighbours answer to whoever makes a VM. */
export function playHost(scene: Scene): void {
  playGuestMemory(scene)
  scene.answer(processCreate, ({ pid, mappings }) => ({
    pid,
    mappings: mappings.map(({ hostVirtual, length }, index) => ({
      hostVirtual,
      hostPhysical: HOST_PHYSICAL + (BigInt(index) << 32n),
      length
    }))
  }))
}

export interface Vm {
  readonly memory: GuestMemory
  readonly guest: GuestCreate
  readonly sources: readonly GuestSource[]
  readonly pid: number
  readonly tids: readonly number[]
  /** A page of its RAM, `n` pages from the start. */
  readonly page: (n: number) => { readonly guestPhysical: bigint; readonly hostVirtual: bigint }
}

/** A VM with one vCPU in KVM_RUN, as the calls of the VMM made it. */
export async function vmOf(scene: Scene, more: Partial<VmCreate> = {}): Promise<Vm> {
  const memory = playGuestMemory(scene)
  await scene.tell(vmCreate, { vm: NAME, vcpus: 1, policyDeadlineMs: PATIENT_DEADLINE_MS, ...more })
  await scene.next(kvmRun)
  const [guest] = scene.of(guestCreate)
  const [process] = scene.of(processCreate)
  const slot = scene
    .of(kvmSetUserMemoryRegion)
    .find(({ data }) => data.guestPhysical <= GUEST_PHYSICAL && GUEST_PHYSICAL < data.guestPhysical + data.length)
  if (guest === undefined || process === undefined || slot === undefined) {
    throw new Broken('kvm.run comes without process.create, guest.create or a memory slot for the RAM')
  }
  const toHost = slot.data.hostVirtual - slot.data.guestPhysical
  return {
    memory,
    guest: guest.data,
    sources: sourcesOf(memory, guest.data),
    pid: process.data.pid,
    tids: scene.of(kvmCreateVcpu).map(({ data }) => data.tid),
    page: (n) => {
      const guestPhysical = GUEST_PHYSICAL + BigInt(n) * 0x1000n
      return { guestPhysical, hostVirtual: guestPhysical + toHost }
    }
  }
}

/** Another VM, whose first run comes behind all that was sent before it. */
export async function anotherVm(scene: Scene): Promise<void> {
  await scene.tell(vmCreate, { vm: 'other', vcpus: 1 })
  await scene.until(() => scene.of(kvmRun).some(({ data }) => data.vm === 'other'), 'kvm.run of another VM')
}

async function signalled(scene: Scene, pid: number, tid: number, code: number, hostVirtual: bigint): Promise<void> {
  await scene.tell(signalDeliver, {
    vm: NAME,
    pid,
    tid,
    signo: SIGBUS,
    code,
    codeName: SIGBUS_CODE_NAME.get(code) ?? '',
    hostVirtual,
    addressLsb: 12,
    forced: false,
    killed: false,
    siginfo: encodeSiginfo({ signo: SIGBUS, code, address: hostVirtual, addressLsb: 12 })
  })
}

/** The policy answers so from now on. */
export function decides(scene: Scene, decision: Omit<Decision, 'because'>): void {
  scene.answer(policyDecide, () => ({ ...decision, because: 'conform' }))
}

/** A VM whose policy lets every signal be, so that only the question counts. */
export function ignoring(scene: Scene, more: Partial<VmCreate> = {}): Promise<Vm> {
  decides(scene, { action: 'ignore' })
  return vmOf(scene, more)
}

/** The VMM is told of a lost page that nobody touched. What it asks the policy. */
export async function optional(scene: Scene, vm: Vm, hostVirtual: bigint): Promise<Question> {
  const before = scene.of(policyDecide).length
  await signalled(scene, vm.pid, vm.pid, BUS_MCEERR_AO, hostVirtual)
  return scene.next(policyDecide, before)
}

/** The vCPU touches a lost page, and is out of KVM_RUN. What the VMM asks the policy. */
export async function required(scene: Scene, vm: Vm, hostVirtual: bigint): Promise<Question> {
  const before = scene.of(policyDecide).length
  await signalled(scene, vm.pid, vm.tids[0] ?? vm.pid, BUS_MCEERR_AR, hostVirtual)
  await scene.tell(kvmExit, { vm: NAME, vcpu: 0, ...EINTR })
  return scene.next(policyDecide, before)
}
