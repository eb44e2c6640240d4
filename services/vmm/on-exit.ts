import { EXIT_REASON, type KvmExit } from '../../shared/contracts/kvm.ts'
import type { Io } from '../../shared/kit/procedure.ts'
import { EINTR } from '../../shared/linux/kvm/ioctl.ts'
import { endVm } from './end-vm.ts'
import { resume } from './neighbours.ts'
import { decideForVcpu } from './on-signal.ts'
import { changeVcpu, type Vm, type VmRunState } from './state.ts'

/** What a system event of the guest makes of its VM. */
const SYSTEM_EVENTS: Readonly<Record<string, Exclude<VmRunState, 'running'>>> = {
  panic: 'guest-panicked',
  'system-off': 'off',
  'system-reset': 'reset'
}

/** KVM_RUN came back: a signal to decide about, the end of the guest, or something this VMM does not serve. */
export function onExit(before: Vm, exit: KvmExit, io: Io): Vm {
  const { vcpu: index, exitReason, ret, errno } = exit
  const vm = changeVcpu(before, index, { inRun: false })
  if (vm.run !== 'running') {
    io.note('exit.too-late', { vm: vm.name, vcpu: index, exitReason, state: vm.run })
    return vm
  }
  if (ret < 0 && errno !== EINTR) return endVm(vm, 'failed', `KVM_RUN of vCPU ${index} failed with errno ${errno}`, io)
  if (ret < 0 || exitReason === EXIT_REASON.KVM_EXIT_INTR) return onInterrupted(vm, index, exit.pc, io)
  if (exitReason === EXIT_REASON.KVM_EXIT_SYSTEM_EVENT) {
    const event = exit.systemEvent ?? 'unknown'
    return endVm(vm, SYSTEM_EVENTS[event] ?? 'stopped', `the guest ended: ${event}`, io)
  }
  return onUnserved(vm, exit, io)
}

function onInterrupted(vm: Vm, index: number, pc: bigint, io: Io): Vm {
  const error = vm.vcpus[index]?.sigbus
  if (error === undefined) return resume(vm, index, io)
  return decideForVcpu(changeVcpu(vm, index, { sigbus: undefined }), index, error, pc, io)
}

const NAMES = new Map(Object.entries(EXIT_REASON).map(([name, number]) => [number as number, name]))

/** KVM_EXIT_ARM_SEA comes only to who enabled it, and there are no devices behind MMIO. */
function onUnserved(vm: Vm, { vcpu, exitReason }: KvmExit, io: Io): Vm {
  const name = NAMES.get(exitReason) ?? `exit reason ${exitReason}`
  io.note('exit.unserved', { vm: vm.name, vcpu, exitReason, name })
  return endVm(vm, 'stopped', `vCPU ${vcpu} left with ${name}, which this VMM does not serve`, io)
}
