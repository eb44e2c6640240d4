import { vmmMessage } from '../../../shared/contracts/notes/vmm-errors.ts'
import type { Io } from '../../../shared/model/io.ts'
import { decide } from '../decision/decide.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { isGhesPresent } from '../telling/ghes-present.ts'
import { count, type MemoryError, type Vm } from '../state.ts'

/**
 * What QEMU does before it thinks of the guest: only guest RAM, of a guest that can read records, is the guest's business.
 * Without that an action optional report is forgotten, not even listed, and an action required one is the end.
 *
 * Spec: QEMU 10.0 and 10.2, target/arm/kvm.c, kvm_arch_on_sigbus_vcpu.
 * Fidelity: exact; texts are paraphrased.
 */
export function onSigbusQemu(vm: Vm, error: MemoryError, io: Io): Vm {
  const { code, hostVirtual, place } = error
  const optional = code === 'BUS_MCEERR_AO'
  const hasAddress = hostVirtual !== undefined && hostVirtual !== 0n
  const present = isGhesPresent(vm)
  if (present && hasAddress && place !== undefined) return decide(vm, error, io)
  const counted = count(vm, optional ? 'actionOptional' : 'actionRequired')
  if (!optional) return endVm(counted, 'killed', 'Hardware memory error!', io, EXIT_FAILURE)
  if (present && hasAddress) {
    io.note(vmmMessage, { vm: vm.name, hostVirtual, text: 'the memory error is in memory of QEMU itself' })
  }
  return counted
}
