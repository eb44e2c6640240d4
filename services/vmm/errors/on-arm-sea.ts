import type { KvmExit } from '../../../shared/contracts/kvm.ts'
import { KVM_EXIT_ARM_SEA_FLAG_GPA_VALID } from '../../../shared/formats/kvm-run-arm-sea.ts'
import type { Io } from '../../../shared/model/io.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { interruptedAt } from './interrupted.ts'
import { decideForVcpu } from './on-signal.ts'
import { PAGE_LSB, placeInGuest } from '../place-in-guest.ts'
import type { MemoryError, Vm } from '../state.ts'

/**
 * KVM_EXIT_ARM_SEA: an abort of the guest that the host did not claim. The page is not known to be lost to the host, so
 * nothing is listed; where it lies in the guest is known only if KVM says so.
 *
 * Spec: Linux 7.3.4, Documentation/virt/kvm/api.rst, KVM_EXIT_ARM_SEA.
 * Fidelity: exact.
 */
export function onArmSea(vm: Vm, exit: KvmExit, io: Io): Vm {
  const { vcpu, armSea } = exit
  if (armSea === undefined) {
    return endVm(vm, 'failed', 'KVM_EXIT_ARM_SEA came without its part of kvm_run', io, EXIT_FAILURE)
  }
  const valid = (armSea.flags & KVM_EXIT_ARM_SEA_FLAG_GPA_VALID) !== 0n
  const hostVirtual = valid ? toHost(vm, armSea.gpa) : undefined
  const error: MemoryError = {
    code: 'KVM_EXIT_ARM_SEA',
    vcpu,
    hostVirtual,
    addressLsb: PAGE_LSB,
    place: placeInGuest(vm.slots, hostVirtual, PAGE_LSB),
    interrupted: interruptedAt(exit),
    exception: { kind: 'SEA', esr: armSea.esr },
    reportedBy: io.id
  }
  return decideForVcpu(vm, error, io)
}

function toHost({ slots }: Vm, gpa: bigint): bigint | undefined {
  const slot = slots.find(({ guestPhysical, length }) => gpa >= guestPhysical && gpa < guestPhysical + length)
  return slot === undefined ? undefined : gpa - slot.guestPhysical + slot.hostVirtual
}
