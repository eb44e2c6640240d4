import { kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import type { Decision } from '../../../shared/contracts/policy.ts'
import type { Io } from '../../../shared/model/io.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { ioctl, kick, resume } from '../calls.ts'
import { sourceFor } from './source-kinds.ts'
import type { MemoryError, Vm } from '../state.ts'
import { writeOrDrop } from './write-record.ts'

/** SErrors that follow from no access go here, as QEMU sends what has no vCPU to its first. */
const FIRST_VCPU = 0

/**
 * A virtual SError with the syndrome of the answer, or without one (then KVM makes it implementation defined). Guests that read SEI
 * sources find a record.
 *
 * Spec: Linux 6.1 Documentation/virt/kvm/api.rst 4.31, KVM_SET_VCPU_EVENTS, serror_pending, serror_has_esr, serror_esr.
 * Fidelity: exact. A vCPU that is inside is kicked out first, since the ioctl waits for its mutex.
 */
export function injectSerror(before: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  const source = decision.record === false ? undefined : sourceFor(before.sources, decision)
  const recorded =
    source === undefined || error.place === undefined ? before : writeOrDrop(before, source, error, io).vm
  const vcpu = error.vcpu ?? FIRST_VCPU
  const vm = kick(recorded, vcpu, io)
  const { esr } = decision
  const events = {
    serror_pending: 1,
    serror_has_esr: esr === undefined ? 0 : 1,
    ext_dabt_pending: 0,
    serror_esr: esr ?? 0n
  }
  const taken = ioctl(io, vm.name, kvmSetVcpuEvents, { vm: vm.name, vcpu, ...events })
  if (!taken && error.vcpu !== undefined) {
    return endVm(vm, 'failed', 'KVM did not take the SError', io, EXIT_FAILURE)
  }
  return resume(vm, vcpu, io)
}
