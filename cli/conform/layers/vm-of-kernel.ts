import type { ExceptionTaken, IoctlResult } from '../../../shared/contracts/common.ts'
import { vcpuEnter } from '../../../shared/contracts/guest.ts'
import { apeiNotify, processCreate } from '../../../shared/contracts/host-kernel.ts'
import {
  kvmCreateVcpu,
  kvmCreateVm,
  kvmRun,
  kvmSetOneReg,
  kvmSetUserMemoryRegion
} from '../../../shared/contracts/kvm.ts'
import { signalDeliver, type SignalDeliver } from '../../../shared/contracts/vmm.ts'
import { Broken, type Scene } from '../scene.ts'
import { playFirmware, recordOf, SOURCE } from './firmware-memory.ts'

/** A VMM and its VM on a kernel under test: one vCPU in KVM_RUN, and RAM whose frames the kernel has chosen. */

const VM = 'vm0'
const PID = 4242
export const TID = { main: PID, vcpu: PID + 1 } as const
const LENGTH = 0x10_0000n
const GUEST_PHYSICAL = 0x4000_0000n
const HOST_VIRTUAL = 0xffff_8000_0000n
export const ENTRY = { pc: 0x4008_0000n, pstate: 0x3c5n } as const
const REGISTERS = { ...ENTRY, vbar_el1: 0xffff_8000_0801_0800n } as const
export const VCPU = { vm: VM, vcpu: 0 } as const

/** A page of the VM by everybody's addresses. */
export interface Page {
  readonly guestPhysical: bigint
  readonly hostVirtual: bigint
  readonly hostPhysical: bigint
}

export interface Vm {
  readonly page: (n: number) => Page
}

/** A system call that has to succeed. */
export function succeeded({ ret, errno }: IoctlResult, what: string): void {
  if (ret < 0) throw new Broken(`${what} fails with errno ${errno}`)
}

export interface VmOptions {
  readonly mceKill?: 'early' | 'late'
  readonly backing?: 'anonymous' | 'hugetlb-2m'
  readonly length?: bigint
}

export async function vmOf(
  scene: Scene,
  { mceKill = 'early', backing = 'anonymous', length = LENGTH }: VmOptions = {}
): Promise<Vm> {
  const { mappings } = await scene.ask(processCreate, {
    pid: PID,
    comm: 'vmm',
    mceKill,
    sigbus: 'handler',
    threads: [TID.main, TID.vcpu].map((tid) => ({ tid, mceKill, sigbus: 'handler' as const })),
    mappings: [{ hostVirtual: HOST_VIRTUAL, length, backing }]
  })
  const [ram] = mappings
  if (ram?.hostVirtual !== HOST_VIRTUAL || ram.length !== length) {
    throw new Broken('process.create does not answer where the mapping lies')
  }
  succeeded(await scene.ask(kvmCreateVm, { vm: VM, pid: PID }), 'kvm.create-vm')
  const region = { vm: VM, slot: 0, guestPhysical: GUEST_PHYSICAL, length, hostVirtual: HOST_VIRTUAL }
  succeeded(await scene.ask(kvmSetUserMemoryRegion, region), 'kvm.set-user-memory-region')
  succeeded(await scene.ask(kvmCreateVcpu, { ...VCPU, tid: TID.vcpu }), 'kvm.create-vcpu')
  for (const [reg, value] of Object.entries(REGISTERS) as [keyof typeof REGISTERS, bigint][]) {
    succeeded(await scene.ask(kvmSetOneReg, { ...VCPU, reg, value }), `kvm.set-one-reg of ${reg}`)
  }
  await entered(scene)
  return {
    page: (n) => {
      const offset = BigInt(n) * 0x1000n
      return {
        guestPhysical: GUEST_PHYSICAL + offset,
        hostVirtual: HOST_VIRTUAL + offset,
        hostPhysical: ram.hostPhysical + offset
      }
    }
  }
}

/** KVM_RUN: what the vCPU enters the guest with. */
export async function entered(scene: Scene) {
  const before = scene.of(vcpuEnter).length
  await scene.tell(kvmRun, VCPU)
  return scene.next(vcpuEnter, before)
}

/** A load of the guest at EL0. */
export const INTERRUPTED = { el: 0, pc: 0x40_0c10n, pstate: 0n, access: 'load', virtual: 0xffff_9000_0018n } as const

/** The load meets a page that stage 2 does not have. */
export const faultOn = ({ guestPhysical }: Page): ExceptionTaken => ({
  exception: 'stage-2-fault',
  el: 2,
  esr: 0x9200_0007n,
  far: INTERRUPTED.virtual,
  guestPhysical,
  interrupted: { ...VCPU, ...INTERRUPTED, physical: guestPhysical + 0x18n }
})

/** Firmware tells of a page, and the kernel signals the VMM. */
export async function poisoned(scene: Scene, { hostPhysical }: Page): Promise<SignalDeliver> {
  const before = scene.of(signalDeliver).length
  playFirmware(scene).publish(recordOf(hostPhysical))
  await scene.tell(apeiNotify, SOURCE)
  return scene.next(signalDeliver, before)
}
