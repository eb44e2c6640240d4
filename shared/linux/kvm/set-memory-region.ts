import { EFAULT, EINVAL } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { findVma } from '../mm/page-table.ts'
import { runningProcess } from '../kernel/task.ts'
import { EEXIST, failure, SUCCESS, type IoctlResult } from './ioctl.ts'
import type { MemorySlot, VmState } from './vm.ts'

/** KVM_MEM_SLOTS_NUM: SHRT_MAX. */
const KVM_USER_MEM_SLOTS = 32767

/**
 * KVM_SET_USER_MEMORY_REGION: adds, moves, changes the flags of, or (length 0) deletes a slot. Errors: EINVAL for what
 * is not aligned to pages, a slot number out of range, a deletion of nothing, or a change of size, backing or
 * read-onlyness of a slot in place, and for dirty logging of device memory; EEXIST for an overlap with another slot;
 * EFAULT beyond the IPA space.
 *
 * Spec: Linux 6.1, virt/kvm/kvm_main.c, __kvm_set_memory_region; arch/arm64/kvm/mmu.c, kvm_arch_prepare_memory_region.
 * Fidelity: omits the sum of all slots' pages and address spaces.
 */
export function setMemoryRegion(
  k: Kernel,
  vm: VmState,
  region: MemorySlot
): { readonly vm: VmState; readonly result: IoctlResult } {
  const errno = refuse(k, vm, region)
  if (errno !== undefined) return { vm, result: failure(errno) }
  const others = vm.slots.filter(({ slot }) => slot !== region.slot)
  return { vm: { ...vm, slots: region.length === 0n ? others : [...others, region] }, result: SUCCESS }
}

function refuse(k: Kernel, vm: VmState, region: MemorySlot): number | undefined {
  const { slot, guestPhysical, length, hostVirtual } = region
  const page = BigInt(k.options.pageSize)
  if (slot < 0 || slot >= KVM_USER_MEM_SLOTS) return EINVAL
  if ([guestPhysical, length, hostVirtual].some((value) => value % page !== 0n)) return EINVAL
  const old = vm.slots.find((candidate) => candidate.slot === slot)
  if (length === 0n) return old === undefined ? EINVAL : undefined
  if (old !== undefined) {
    if (old.length !== length || old.hostVirtual !== hostVirtual || old.readOnly !== region.readOnly) return EINVAL
    if (old.guestPhysical === guestPhysical && old.dirtyLogging === region.dirtyLogging) return undefined
  }
  if (vm.slots.some((other) => other.slot !== slot && overlaps(other, region))) return EEXIST
  if (guestPhysical + length > 1n << BigInt(vm.ipaBits)) return EFAULT
  return region.dirtyLogging && coversDeviceMemory(k, vm, region) ? EINVAL : undefined
}

function overlaps(a: MemorySlot, b: MemorySlot): boolean {
  return a.guestPhysical < b.guestPhysical + b.length && b.guestPhysical < a.guestPhysical + a.length
}

/** VM_PFNMAP anywhere in the range. */
function coversDeviceMemory(k: Kernel, vm: VmState, { hostVirtual, length }: MemorySlot): boolean {
  const process = runningProcess(k, vm.pid)
  if (process === undefined) return false
  if (findVma(process, hostVirtual)?.backing === 'pfnmap') return true
  return process.vmas.some(
    ({ backing, virtual }) => backing === 'pfnmap' && virtual >= hostVirtual && virtual < hostVirtual + length
  )
}
