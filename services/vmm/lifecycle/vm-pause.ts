import type { vmPause, vmResume } from '../../../shared/contracts/vmm.ts'
import { vmPaused, vmResumed } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Answering, Said } from '../../../shared/model/io.ts'
import { kick, resume } from '../calls.ts'
import { isOver, type Vm } from '../state.ts'

/**
 * Every vCPU leaves KVM_RUN. One that has left by itself stays as it is: its exit, and the signal behind it, are handled as
 * ever, only that it does not go back. A VM whose vCPUs do not run in any case is answered, and that is all.
 *
 * Spec: QEMU 10.2 system/cpus.c, do_vm_stop, pause_all_vcpus; monitor/qmp-cmds.c, qmp_stop.
 * Fidelity: approximates. Block devices, which QEMU drains, are left out.
 */
export function pauseVm(vm: Vm, _: unknown, io: Answering<typeof vmPause>): readonly [Said, Vm] {
  if (isOver(vm)) io.refuse('vm-state', `VM ${vm.name} is ${vm.run}: there is no process to pause`)
  if (vm.run !== 'running' || vm.paused !== undefined) return [io.answer({}), vm]
  const kicked = vm.vcpus.reduce((before, _vcpu, index) => kick(before, index, io), vm)
  io.note(vmPaused, { vm: vm.name })
  return [io.answer({}), { ...kicked, paused: 'paused' }]
}

/**
 * Those vCPUs run again that have nothing to wait for. A guest that has panicked, or has asked for a reset that it did not
 * get, does not go on by this.
 *
 * Spec: QEMU 10.2 monitor/qmp-cmds.c, qmp_cont; system/runstate.c, runstate_needs_reset, vm_start.
 * Fidelity: approximates. QEMU lets the vCPUs of a guest that has panicked run on.
 */
export function resumeVm(vm: Vm, _: unknown, io: Answering<typeof vmResume>): readonly [Said, Vm] {
  if (vm.run !== 'running')
    io.refuse('vm-state', `VM ${vm.name} is ${vm.run}: only a reset brings it back, if anything`)
  if (vm.paused === undefined) return [io.answer({}), vm]
  io.note(vmResumed, { vm: vm.name })
  const runnable = (before: Vm, index: number) => {
    const { sigbus, waiting } = before.vcpus[index] ?? {}
    return sigbus === undefined && waiting === undefined ? resume(before, index, io) : before
  }
  const next = vm.vcpus.reduce<Vm>((before, _vcpu, index) => runnable(before, index), { ...vm, paused: undefined })
  return [io.answer({}), next]
}
