import { processRemap } from '../../../shared/contracts/host-kernel.ts'
import { guestReset } from '../../../shared/contracts/guest.ts'
import type { vmReset } from '../../../shared/contracts/vmm.ts'
import { memoryReplaced, vmResetDone } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Answering, Io, Said } from '../../../shared/model/io.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { initVcpus, installTables, run, setRegisters } from './install-tables.ts'
import { ask, ioctl, kickAll, lower } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import { IDLE_VCPU, type MemorySlot, type Vm, type VmRunState } from '../state.ts'

/** States in which the process lives and a reset makes sense. */
const RESETTABLE: readonly VmRunState[] = ['running', 'guest-panicked', 'reset']

/** `vm.reset`. Refuses what this VMM cannot do, or cannot do any more. */
export function resetVm(vm: Vm, _: unknown, io: Answering<typeof vmReset>): readonly [Said, Vm] {
  if (!PROFILES[vm.profile].canReset) io.refuse('request-unsupported', `${vm.profile} cannot reset a VM`)
  if (!RESETTABLE.includes(vm.run)) io.refuse('vm-state', `VM ${vm.name} is ${vm.run}: there is no process to reset it`)
  const next = restart(vm, io)
  return [io.answer({}), next]
}

/**
 * The guest starts anew. Lost memory is replaced first, each page of the list with the whole page of its backing, which
 * therefore reads as zero; the list is empty then, and firmware installs the tables again, all acknowledged.
 *
 * Spec: QEMU 10.0 accel/kvm/kvm-all.c, kvm_unpoison_all; system/physmem.c, qemu_ram_remap; hw/core/cpu-system.c.
 * Fidelity: approximates. All backings are replaced alike; QEMU leaves memory alone that someone else preallocated.
 */
export function restart(before: Vm, io: Io): Vm {
  const kicked = kickAll({ ...before, run: 'running', because: undefined }, io)
  const vm = kicked.errorLineHigh ? lower(kicked, io) : kicked
  const ranges = lostRanges(vm)
  for (const { guestPhysical, hostVirtual, length } of ranges) {
    const { pid, backing } = vm
    if (!ioctl(io, vm.name, processRemap, { pid, hostVirtual, length, backing })) {
      return endVm(vm, 'killed', 'lost memory could not be replaced', io, EXIT_FAILURE)
    }
    io.note(memoryReplaced, { vm: vm.name, guestPhysical, length })
  }
  const replaced = ranges.map(({ guestPhysical, length }) => ({ guestPhysical, length }))
  if (ask(io, vm.name, guestReset, { vm: vm.name, replaced }) === undefined) {
    return endVm(vm, 'failed', 'the guest was not reset', io, EXIT_FAILURE)
  }
  if (!initVcpus(vm, io) || !setRegisters(vm, io)) {
    return endVm(vm, 'failed', 'the vCPUs were not reset', io, EXIT_FAILURE)
  }
  const vcpus = vm.vcpus.map((vcpu) => ({ ...vcpu, ...IDLE_VCPU, staleExit: vcpu.staleExit }))
  const stays = vm.paused === undefined ? {} : ({ paused: 'prelaunch' } as const)
  const clean: Vm = { ...vm, ...stays, vcpus, poisoned: [], exception: undefined }
  const installed = vm.started ? installTables(clean, io) : clean
  if (installed === undefined) return endVm(vm, 'failed', 'the guest took no tables', io, EXIT_FAILURE)
  io.note(vmResetDone, { vm: vm.name, replaced })
  return installed.started ? run(installed, io) : installed
}

/** Pages of each backing, as the VMM knows them of the memory it mapped. */
const BACKING_PAGE: Readonly<Partial<Record<Vm['backing'], bigint>>> = {
  'hugetlb-64k': 0x1_0000n,
  'hugetlb-2m': 0x20_0000n,
  'hugetlb-32m': 0x200_0000n,
  'hugetlb-1g': 0x4000_0000n,
  'hugetlb-shared-2m': 0x20_0000n,
  'hugetlb-shared-1g': 0x4000_0000n
}
const PAGE = 0x1000n

/** Lost memory by whole pages of its backing, each once. An extent that the list has is lost as a whole. */
function lostRanges({ poisoned, slots, backing }: Vm): readonly MemorySlot[] {
  const page = BACKING_PAGE[backing] ?? PAGE
  const ranges = new Map<bigint, MemorySlot>()
  for (const { guestPhysical, lsb } of poisoned) {
    const slot = slots.find(
      (one) => guestPhysical >= one.guestPhysical && guestPhysical < one.guestPhysical + one.length
    )
    if (slot === undefined) continue
    const extent = 1n << BigInt(lsb)
    const size = extent > page ? extent : page
    const hostVirtual = (guestPhysical - slot.guestPhysical + slot.hostVirtual) & ~(size - 1n)
    const from = hostVirtual < slot.hostVirtual ? slot.hostVirtual : hostVirtual
    const slotEnd = slot.hostVirtual + slot.length
    const end = hostVirtual + size < slotEnd ? hostVirtual + size : slotEnd
    const start = from - slot.hostVirtual + slot.guestPhysical
    ranges.set(from, { guestPhysical: start, hostVirtual: from, length: end - from })
  }
  return [...ranges.values()]
}
