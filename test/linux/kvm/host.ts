import { bootLabHost } from '../../../lab/host.ts'
import { encodeDataAbort, encodeInstructionAbort, type AbortFields } from '../../../shared/formats/esr-abort.ts'
import {
  KWORKER,
  type Kernel,
  type Options,
  type SignalDelivery,
  type Thread,
  type Vma
} from '../../../shared/linux/kernel/state.ts'
import type { GuestAbort } from '../../../shared/linux/kvm/guest-abort.ts'
import { createVcpu, type VcpuState } from '../../../shared/linux/kvm/vcpu.ts'
import { createVm, type MemorySlot, type VmState } from '../../../shared/linux/kvm/vm.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import type { Version } from '../../../shared/linux/profile.ts'

export const PID = 4242
export const VCPU_TID = 4243
/** The guest's RAM: IPA, HVA and host physical address; 4 MiB, aligned for 2 MiB blocks. */
export const IPA = 0x9000_0000n
export const HVA = 0xffff_8000_0000n
export const PA = 0x4800_0000n
export const RAM = 0x40_0000n
/** A page in it, and an address within the page. */
export const PAGE = 0x5000n
export const OFFSET = PAGE + 0x20n

export interface TestHost {
  readonly k: Kernel
  readonly signals: SignalDelivery[]
  readonly lines: () => string[]
  readonly put: (source: number, block: Uint8Array) => void
  readonly state: (source: number) => { block_status: string; read_ack: string }
  readonly vm: VmState
  readonly vcpu: VcpuState
}

export interface HostChange {
  readonly version?: Version
  readonly options?: Partial<Options>
  readonly vma?: Partial<Vma>
  readonly slot?: Partial<MemorySlot>
  readonly vm?: Partial<VmState>
  readonly sigbus?: Thread['sigbus']
}

/** A host kernel with a VMM of two threads, a VM with one slot of memory, and a vCPU at EL1 that was never entered. */
export function kvmHost(change: HostChange = {}): TestHost {
  const sigbus = change.sigbus ?? { action: 'handler', blocked: false }
  const vma: Vma = {
    virtual: HVA,
    physical: PA,
    length: RAM,
    backing: 'anonymous',
    dirty: true,
    mlocked: false,
    pinned: false,
    ...change.vma
  }
  const threads = [PID, VCPU_TID].map((tid) => ({ tid, sigbus }))
  const host = bootLabHost(change.version ?? '6.1', change.options ?? {}, {
    pid: PID,
    comm: 'vmm',
    vmas: [vma],
    threads
  })
  const signals: SignalDelivery[] = []
  host.onSignal = (delivery) => void signals.push(delivery)
  const slot: MemorySlot = {
    slot: 0,
    guestPhysical: IPA,
    length: RAM,
    hostVirtual: HVA,
    dirtyLogging: false,
    readOnly: false,
    ...change.slot
  }
  return {
    k: host.k,
    signals,
    lines: () => host.events.flatMap((event) => (event.type === 'printk' ? [event.text] : [])),
    put: (source, block) => host.put(source, block),
    state: (source) => host.state(source),
    vm: createVm(PID, { slots: [slot], ...change.vm }),
    vcpu: createVcpu(0, VCPU_TID)
  }
}

/** memory_failure() of the page at PAGE, out of a kworker. */
export function poison(k: Kernel): void {
  memoryFailure(k, (PA + PAGE) >> 12n, 0, KWORKER)
}

/** A data abort from the guest; the load of a register with a valid syndrome unless said otherwise. */
export function dataAbort(guestPhysical: bigint, fields: Partial<AbortFields> = {}): GuestAbort {
  const access = { sas: 3, sse: false, srt: 4, sf: true, ar: false }
  return { esr: encodeDataAbort({ lowerEl: true, fsc: 0x07, access, ...fields }), far: guestPhysical, guestPhysical }
}

export function instructionAbort(guestPhysical: bigint, fsc = 0x07): GuestAbort {
  return { esr: encodeInstructionAbort({ lowerEl: true, fsc }), far: guestPhysical, guestPhysical }
}
