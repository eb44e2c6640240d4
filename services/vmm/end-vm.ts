import type { Io } from '../../shared/kit/procedure.ts'
import type { Vm, VmRunState } from './state.ts'

/** The VM is over: no vCPU of it runs again. The first reason stays. */
export function endVm(vm: Vm, run: Exclude<VmRunState, 'running'>, because: string, io: Io): Vm {
  if (vm.run !== 'running') return vm
  io.note('vm.ended', { vm: vm.name, state: run, because })
  const vcpus = vm.vcpus.map((vcpu) => ({ ...vcpu, sigbus: undefined, waiting: undefined }))
  return { ...vm, run, because, vcpus }
}

/** Something goes round without getting on; the run says so and the VM is stopped. */
export function livelock(vm: Vm, vcpu: number | undefined, because: string, io: Io): Vm {
  io.note('livelock', { vm: vm.name, vcpu, because })
  return endVm(vm, 'stopped', `livelock: ${because}`, io)
}
