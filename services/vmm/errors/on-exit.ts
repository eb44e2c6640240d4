import { EXIT_REASON, type KvmExit } from '../../../shared/contracts/kvm.ts'
import { exitTooLate, exitUnserved } from '../../../shared/contracts/notes/vmm-errors.ts'
import type { Io } from '../../../shared/model/io.ts'
import { EINTR } from '../../../shared/linux/kvm/ioctl.ts'
import { endVm, EXIT_FAILURE, EXIT_SUCCESS } from '../end-vm.ts'
import { resume } from '../calls.ts'
import { interruptedAt } from './interrupted.ts'
import { onArmSea } from './on-arm-sea.ts'
import { decideForVcpu } from './on-signal.ts'
import { PROFILES } from '../profiles.ts'
import { restart } from '../lifecycle/vm-reset.ts'
import { changeVcpu, type Vm, type VmRunState } from '../state.ts'

const SIGABRT = 6

/** What a system event of the guest makes of its VM. */
const SYSTEM_EVENTS: Readonly<Record<string, Exclude<VmRunState, 'running'>>> = {
  panic: 'guest-panicked',
  'system-off': 'off',
  'system-reset': 'reset'
}

/** KVM_RUN came back: a signal to decide about, the end of the guest, or something this VMM does not serve. */
export function onExit(before: Vm, exit: KvmExit, io: Io): Vm {
  const { vcpu: index, exitReason, ret, errno } = exit
  const vcpu = before.vcpus[index] ?? io.refuse('vcpu-unknown', `VM ${before.name} has no vCPU ${index}`, '/vcpu')
  if (!vcpu.inRun) io.refuse('vcpu-state', `vCPU ${index} of ${before.name} is not in KVM_RUN`, '/vcpu')
  if (vcpu.staleExit) {
    io.note(exitTooLate, { vm: before.name, vcpu: index, exitReason, because: 'the vCPU was kicked out meanwhile' })
    return changeVcpu(before, index, { staleExit: false })
  }
  const vm = changeVcpu(before, index, { inRun: false })
  if (vm.run !== 'running') {
    io.note(exitTooLate, { vm: vm.name, vcpu: index, exitReason, state: vm.run })
    return vm
  }
  if (ret < 0 && errno !== EINTR) {
    return endVm(vm, 'failed', `KVM_RUN of vCPU ${index} failed with errno ${errno}`, io, EXIT_FAILURE)
  }
  if (ret < 0 || exitReason === EXIT_REASON.KVM_EXIT_INTR) return onInterrupted(vm, exit, io)
  if (exitReason === EXIT_REASON.KVM_EXIT_SYSTEM_EVENT) {
    return onSystemEvent(vm, exit.systemEvent ?? 'unknown', io)
  }
  if (exitReason === EXIT_REASON.KVM_EXIT_ARM_SEA && PROFILES[vm.profile].capabilities.length > 0) {
    return onArmSea(vm, exit, io)
  }
  return onUnserved(vm, exit, io)
}

/** Power off ends the process; a panicked guest and one that asked for a reset leave it to whoever manages the VM. */
function onSystemEvent(vm: Vm, event: string, io: Io): Vm {
  if (event === 'system-reset' && PROFILES[vm.profile].onSystemReset === 'restart') return restart(vm, io)
  const run = SYSTEM_EVENTS[event] ?? 'stopped'
  return endVm(vm, run, `the guest ended: ${event}`, io, run === 'off' ? EXIT_SUCCESS : undefined)
}

function onInterrupted(vm: Vm, exit: KvmExit, io: Io): Vm {
  const { vcpu: index } = exit
  const error = vm.vcpus[index]?.sigbus
  if (error === undefined) return resume(vm, index, io)
  const interrupted = interruptedAt(exit)
  return decideForVcpu(changeVcpu(vm, index, { sigbus: undefined }), { ...error, interrupted }, io)
}

const NAMES = new Map(Object.entries(EXIT_REASON).map(([name, number]) => [number as number, name]))

/** KVM_EXIT_ARM_SEA comes only to who enabled it, and there are no devices behind MMIO. */
function onUnserved(vm: Vm, { vcpu, exitReason }: KvmExit, io: Io): Vm {
  const name = NAMES.get(exitReason) ?? `exit reason ${exitReason}`
  io.note(exitUnserved, { vm: vm.name, vcpu, exitReason, name })
  const because = `vCPU ${vcpu} left with ${name}, which this VMM does not serve`
  return PROFILES[vm.profile].onUnknownExit === 'panic'
    ? endVm(vm, 'killed', `panic: ${because}`, io, { signal: SIGABRT })
    : endVm(vm, 'stopped', because, io, EXIT_FAILURE)
}
