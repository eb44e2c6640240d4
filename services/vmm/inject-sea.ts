import type { Decision } from '../../shared/contracts/policy.ts'
import type { Io } from '../../shared/kit/procedure.ts'
import { endVm, livelock } from './end-vm.ts'
import { ioctl, resume } from './neighbours.ts'
import { PROFILES } from './profiles.ts'
import { sourceFor } from './source-kinds.ts'
import { changeVcpu, type ErrorSource, type MemoryError, type Vm } from './state.ts'
import { writeRecord } from './write-record.ts'

/** Timer on which a record tries again. */
export const RECORD_RETRY = 'record.retry'

/** Record first, then the abort, then the guest runs. Without a faulting vCPU there is nothing to abort. */
export function injectSea(vm: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  if (error.vcpu === undefined) return vm
  const source = decision.record === false ? undefined : sourceFor(vm.sources, decision)
  if (source === undefined) return abort(vm, error.vcpu, io)
  return recordAndAbort(vm, error.vcpu, error, source, 0, io)
}

/** The timer came: the guest may have acknowledged meanwhile. */
export function retryRecord(vm: Vm, vcpu: number, io: Io): Vm {
  const waiting = vm.vcpus[vcpu]?.waiting
  const source = vm.sources.find((candidate) => candidate.source === waiting?.source)
  if (vm.run !== 'running' || waiting === undefined || source === undefined) return vm
  return recordAndAbort(vm, vcpu, waiting.error, source, waiting.tries, io)
}

/**
 * The vCPU stays outside until its record is in place.
 *
 * Spec: qemu-devel, G. Shan, February 2025 (wait and retry until acknowledged; never merged); QEMU 10.2 aborts instead.
 * Fidelity: approximates. Ours gives up after a number of tries.
 */
function recordAndAbort(vm: Vm, vcpu: number, error: MemoryError, source: ErrorSource, tries: number, io: Io): Vm {
  const recorded = writeRecord(vm, source, error, io)
  if (recorded !== undefined) return abort(changeVcpu(recorded, vcpu, { waiting: undefined }), vcpu, io)
  const { onUnacknowledged, ackRetryNs, ackRetries } = PROFILES[vm.profile]
  const because = `the guest does not acknowledge source ${source.source} (${source.notify})`
  if (onUnacknowledged === 'die') return endVm(vm, 'killed', because, io)
  if (tries >= ackRetries) return livelock(vm, vcpu, because, io)
  if (tries === 0) io.note('record.waiting', { vm: vm.name, vcpu, source: source.source, because })
  io.timer(ackRetryNs, RECORD_RETRY, { vm: vm.name, vcpu })
  return changeVcpu(vm, vcpu, { waiting: { error, source: source.source, tries: tries + 1 } })
}

/**
 * KVM pends a data abort for the next entry; its FAR is that of the fault that led here.
 *
 * Spec: Linux 6.1 Documentation/virt/kvm/api.rst 4.31, KVM_SET_VCPU_EVENTS, ext_dabt_pending.
 * Fidelity: exact.
 */
function abort(vm: Vm, vcpu: number, io: Io): Vm {
  const events = { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 1, serror_esr: 0n }
  if (!ioctl(io, vm.name, 'kvm.set-vcpu-events', { vm: vm.name, vcpu, ...events })) {
    return endVm(vm, 'failed', 'KVM did not take the external abort', io)
  }
  const streak = vm.vcpus[vcpu]?.streak
  const told = streak === undefined ? vm : changeVcpu(vm, vcpu, { streak: { ...streak, toldBySea: true } })
  return resume(told, vcpu, io)
}
