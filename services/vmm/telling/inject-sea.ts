import type { DataOf } from '../../../shared/contracts/message.ts'
import { closed, VcpuIndex, VmName } from '../../../shared/contracts/common.ts'
import { kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import type { Decision } from '../../../shared/contracts/policy.ts'
import { recordWaiting } from '../../../shared/contracts/notes/vmm-errors.ts'
import { isInstructionAbort } from '../../../shared/formats/esr.ts'
import type { Io } from '../../../shared/model/io.ts'
import { timerType } from '../../../shared/model/timer.ts'
import { endVm, EXIT_FAILURE, livelock } from '../end-vm.ts'
import { enterByRegisters, INSTRUCTION_ABORT, QEMU_ABORT } from './enter-by-registers.ts'
import { ioctl, resume } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import { sourceFor } from './source-kinds.ts'
import { changeVcpu, type ErrorSource, type MemoryError, type Vm } from '../state.ts'
import { writeRecord } from './write-record.ts'

/** On which a record tries again. */
export const recordRetry = timerType('record.retry', closed({ vm: VmName, vcpu: VcpuIndex }))

/** Record first, then the abort, then the guest runs. Without a faulting vCPU there is nothing to abort. */
export function injectSea(vm: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  if (error.vcpu === undefined) return vm
  const source = decision.record === false ? undefined : sourceFor(vm.sources, decision)
  if (source === undefined || error.place === undefined) return abort(vm, error.vcpu, error, io)
  return recordAndAbort(vm, error.vcpu, error, source, 0, io)
}

/** The timer came: the guest may have acknowledged meanwhile. */
export function retryRecord(vm: Vm, { vcpu }: DataOf<typeof recordRetry>, io: Io): Vm {
  const waiting = vm.vcpus[vcpu]?.waiting
  const source = vm.sources.find((candidate) => candidate.source === waiting?.source)
  if (vm.run !== 'running' || waiting === undefined || source === undefined) return vm
  io.because(waiting.error.reportedBy)
  return recordAndAbort(vm, vcpu, waiting.error, source, waiting.tries, io)
}

/**
 * The vCPU stays outside until its record is in place; a VMM without patience is over when it cannot be written.
 *
 * Spec: qemu-devel, G. Shan, February 2025 (wait and retry until acknowledged; never merged); QEMU up to 10.2, target/arm/kvm.c,
 * kvm_arch_on_sigbus_vcpu (abort); QEMU 11.0, the same (exit(1)).
 * Fidelity: exact for QEMU as released; ours gives up after a number of tries.
 */
function recordAndAbort(vm: Vm, vcpu: number, error: MemoryError, source: ErrorSource, tries: number, io: Io): Vm {
  const recorded = writeRecord(vm, source, error, io)
  if ('vm' in recorded) return abort(changeVcpu(recorded.vm, vcpu, { waiting: undefined }), vcpu, error, io)
  const { onUnacknowledged, ackRetryNs, ackRetries, death } = PROFILES[vm.profile]
  const because = recorded.error
  if (onUnacknowledged === 'die') return endVm(vm, 'killed', because, io, death)
  if (tries >= ackRetries) return livelock(vm, vcpu, because, io)
  if (tries === 0) io.note(recordWaiting, { vm: vm.name, vcpu, source: source.source, because })
  io.timer(ackRetryNs, recordRetry, { vm: vm.name, vcpu })
  return changeVcpu(vm, vcpu, { waiting: { error, source: source.source, tries: tries + 1 } })
}

/** The abort itself, in the way of this VMM, and the guest goes on. */
function abort(vm: Vm, vcpu: number, error: MemoryError, io: Io): Vm {
  if (!pendAbort(vm, vcpu, error, io))
    return endVm(vm, 'failed', 'KVM did not take the external abort', io, EXIT_FAILURE)
  const streak = vm.vcpus[vcpu]?.streak
  const told = streak === undefined ? vm : changeVcpu(vm, vcpu, { streak: { ...streak, toldBySea: true } })
  return resume(told, vcpu, io)
}

/**
 * KVM pends a data abort for the next entry; its FAR is that of the fault that led here. It has no instruction abort to
 * pend, so a fetch is answered by registers.
 *
 * Spec: Linux 6.1 Documentation/virt/kvm/api.rst 4.31, KVM_SET_VCPU_EVENTS, ext_dabt_pending.
 * Fidelity: exact.
 */
function pendAbort(vm: Vm, vcpu: number, { exception }: MemoryError, io: Io): boolean {
  if (PROFILES[vm.profile].injectSeaBy === 'registers') return enterByRegisters(vm.name, vcpu, QEMU_ABORT, io)
  if (exception !== undefined && isInstructionAbort(exception.esr)) {
    return enterByRegisters(vm.name, vcpu, INSTRUCTION_ABORT, io)
  }
  const events = { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 1, serror_esr: 0n }
  return ioctl(io, vm.name, kvmSetVcpuEvents, { vm: vm.name, vcpu, ...events })
}
