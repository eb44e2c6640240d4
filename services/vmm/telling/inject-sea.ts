import type { DataOf } from '../../../shared/contracts/message.ts'
import { closed, VcpuIndex, VmName } from '../../../shared/contracts/common.ts'
import { kvmSetVcpuEvents } from '../../../shared/contracts/kvm.ts'
import type { Decision } from '../../../shared/contracts/policy.ts'
import { recordWaiting } from '../../../shared/contracts/notes/vmm-errors.ts'
import { vmLivelock, vmWaitOver } from '../../../shared/contracts/notes/vmm-life.ts'
import { isInstructionAbort } from '../../../shared/formats/esr.ts'
import type { Io } from '../../../shared/model/io.ts'
import { LIVELOCK_AFTER_NS, nextMoment } from '../../../shared/model/repetition.ts'
import { timerType } from '../../../shared/model/timer.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { enterByRegisters, INSTRUCTION_ABORT, QEMU_ABORT } from './enter-by-registers.ts'
import { ioctl, resume } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import { sourceFor } from './source-kinds.ts'
import { changeVcpu, type ErrorSource, type MemoryError, type Vm, type Waiting } from '../state.ts'
import { writeRecord } from './write-record.ts'

/** On which a record tries again. */
export const recordRetry = timerType('record.retry', closed({ vm: VmName, vcpu: VcpuIndex }))

/** Record first, then the abort, then the guest runs. Without a faulting vCPU there is nothing to abort. */
export function injectSea(vm: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  if (error.vcpu === undefined) return vm
  const source = decision.record === false ? undefined : sourceFor(vm.sources, decision)
  if (source === undefined || error.place === undefined) return abort(vm, error.vcpu, error, io)
  return recordAndAbort(vm, error.vcpu, error, source, io)
}

/** The timer came: the guest may have acknowledged meanwhile. */
export function retryRecord(vm: Vm, { vcpu }: DataOf<typeof recordRetry>, io: Io): Vm {
  const waiting = vm.vcpus[vcpu]?.waiting
  const source = vm.sources.find((candidate) => candidate.source === waiting?.source)
  if (vm.run !== 'running' || waiting === undefined || source === undefined) return vm
  io.because(waiting.error.reportedBy)
  return recordAndAbort(vm, vcpu, waiting.error, source, io)
}

/**
 * The vCPU stays outside until its record is in place; a VMM without patience is over when it cannot be written.
 *
 * Spec: qemu-devel, G. Shan, February 2025 (wait and retry until acknowledged; never merged); QEMU up to 10.2, target/arm/kvm.c,
 * kvm_arch_on_sigbus_vcpu (abort); QEMU 11.0, the same (exit(1)).
 * Fidelity: exact for QEMU as released; ours looks again at moments that grow apart, for as long as it takes.
 */
function recordAndAbort(vm: Vm, vcpu: number, error: MemoryError, source: ErrorSource, io: Io): Vm {
  const recorded = writeRecord(vm, source, error, io)
  const waiting = vm.vcpus[vcpu]?.waiting
  if ('vm' in recorded) {
    if (waiting !== undefined) io.note(vmWaitOver, { vm: vm.name, vcpu, because: 'its record is in place' })
    return abort(changeVcpu(recorded.vm, vcpu, { waiting: undefined }), vcpu, error, io)
  }
  const { onUnacknowledged, death } = PROFILES[vm.profile]
  if (onUnacknowledged === 'die') return endVm(vm, 'killed', recorded.error, io, death)
  const next = waitOn(waiting ?? { error, source: source.source, since: io.now, isHopeless: false }, io.now)
  const said = { vm: vm.name, vcpu, because: recorded.error }
  if (waiting === undefined) io.note(recordWaiting, { ...said, source: source.source })
  if (next.isHopeless && waiting?.isHopeless !== true) io.note(vmLivelock, said)
  io.timer(next.since + nextMoment(io.now - next.since) - io.now, recordRetry, { vm: vm.name, vcpu })
  return changeVcpu(vm, vcpu, { waiting: next })
}

const waitOn = (waiting: Waiting, now: number): Waiting => ({
  ...waiting,
  isHopeless: now - waiting.since >= LIVELOCK_AFTER_NS
})

/** The abort itself, in the way of this VMM, and the guest goes on. */
function abort(vm: Vm, vcpu: number, error: MemoryError, io: Io): Vm {
  if (!pendAbort(vm, vcpu, error, io))
    return endVm(vm, 'failed', 'KVM did not take the external abort', io, EXIT_FAILURE)
  return resume(vm, vcpu, io)
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
