import type { KvmExit } from '../../shared/contracts/kvm.ts'
import type { SignalDeliver, VmCreate } from '../../shared/contracts/vmm.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import type { Input } from '../../shared/model/step.ts'
import { endVm, EXIT_SUCCESS } from './end-vm.ts'
import { RECORD_RETRY, retryRecord } from './telling/inject-sea.ts'
import { kickAll } from './calls.ts'
import { onExit } from './errors/on-exit.ts'
import { onSignal } from './errors/on-signal.ts'
import { injectGhesV2Error } from './telling/qmp-inject.ts'
import { EMPTY_VMM, type HardwareException, type Vm, type VmmState } from './state.ts'
import { createVm } from './lifecycle/vm-create.ts'
import { migrateVm } from './lifecycle/vm-migrate.ts'
import { changePolicy, type Deciding } from './lifecycle/vm-policy.ts'
import { resetVm } from './lifecycle/vm-reset.ts'
import { finishBoot } from './lifecycle/vm-start.ts'

/** The VMM layer: VMs, what SIGBUS means for their guests, and telling them. It asks what to do and does it. */
export const vmmModel = procedure<VmmState>('vmm', () => EMPTY_VMM, handle)

type OfVm = { readonly vm: string }

function handle(state: VmmState, input: Input, io: Io): VmmState {
  if (input.type === 'machine.start') return state
  if (input.type === 'vm.create') return createVm(state, input.data as VmCreate, io)
  const { vm: name } = input.data as OfVm
  const vm = state.vms.get(name) ?? io.refuse('vm-unknown', `no VM ${name}`, '/vm')
  const next = handleVm(vm, input, io)
  return next === vm ? state : { vms: new Map(state.vms).set(name, next) }
}

function handleVm(vm: Vm, { type, data, from }: Input, io: Io): Vm {
  switch (type) {
    case 'signal.deliver': {
      const signal = data as SignalDeliver
      if (signal.pid !== vm.pid) io.refuse('process-unknown', `VM ${vm.name} is process ${vm.pid}`, '/pid')
      return onSignal(vm, signal, io)
    }
    case 'kvm.exit': {
      const exit = data as KvmExit
      const vcpu = vm.vcpus[exit.vcpu] ?? io.refuse('vcpu-unknown', `VM ${vm.name} has no vCPU ${exit.vcpu}`, '/vcpu')
      if (!vcpu.inRun) io.refuse('vcpu-state', `vCPU ${exit.vcpu} of ${vm.name} is not in KVM_RUN`, '/vcpu')
      return onExit(vm, exit, io)
    }
    case 'exception.tell': {
      const { kind, esr } = data as HardwareException & OfVm
      return { ...vm, exception: { kind, esr } }
    }
    case 'vm.reset':
      return resetVm(vm, io)
    case 'vm.migrate':
      return migrateVm(vm, io)
    case 'vm.stop':
      return stopVm(vm, io)
    case 'vm.policy':
      return changePolicy(vm, data as Deciding, io)
    case 'vm.inject-error':
      return injectGhesV2Error(vm, (data as { cper: string }).cper, io)
    case 'fw-cfg.write':
      return onFirmwareDone(vm, io)
    case RECORD_RETRY:
      if (from === 'timer') return retryRecord(vm, (data as { vcpu: number }).vcpu, io)
  }
  return io.refuse('event-type-unknown', `the VMM does not know ${type}`)
}

/** Whoever manages the VM has had enough of it. */
function stopVm(vm: Vm, io: Io): Vm {
  if (vm.run !== 'running' && !STOPPABLE.includes(vm.run)) io.refuse('vm-state', `VM ${vm.name} is ${vm.run} already`)
  const next = endVm(kickAll({ ...vm, run: 'running' }, io), 'stopped', 'somebody stopped it', io, EXIT_SUCCESS)
  io.answer({})
  return next
}
/** Over, but the process lives. */
const STOPPABLE: readonly Vm['run'][] = ['guest-panicked', 'reset']

function onFirmwareDone(vm: Vm, io: Io): Vm {
  if (vm.run !== 'running') io.refuse('vm-state', `VM ${vm.name} is ${vm.run}`)
  if (vm.started) io.refuse('vm-state', `guest firmware of ${vm.name} has run already`)
  const next = finishBoot(vm, io)
  io.answer({})
  return next
}
