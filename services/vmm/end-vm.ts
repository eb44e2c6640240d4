import { processExit } from '../../shared/contracts/host-kernel.ts'
import { vmEnded } from '../../shared/contracts/notes/vmm-life.ts'
import type { Io } from '../../shared/model/io.ts'
import type { ProcessEnd } from './profile.ts'
import type { Vm, VmRunState } from './state.ts'

/**
 * The VM is over: no vCPU of it runs again. The first reason stays. `end` is how its process ends, which the host is told;
 * without it the process lives on, or is gone already.
 */
export function endVm(vm: Vm, run: Exclude<VmRunState, 'running'>, because: string, io: Io, end?: ProcessEnd): Vm {
  if (vm.run !== 'running') return vm
  io.note(vmEnded, { vm: vm.name, state: run, because, ...end })
  if (end !== undefined) io.send(processExit, { pid: vm.pid, ...end })
  const vcpus = vm.vcpus.map((vcpu) => ({ ...vcpu, sigbus: undefined, waiting: undefined }))
  return { ...vm, run, because, vcpus }
}

/** exit(1), what a VMM does that cannot go on. */
export const EXIT_FAILURE: ProcessEnd = { code: 1 }
export const EXIT_SUCCESS: ProcessEnd = { code: 0 }
