import type { KvmExit } from '../../shared/contracts/kvm.ts'
import type { SignalDeliver, VmCreate } from '../../shared/contracts/vmm.ts'
import { procedure, type Io } from '../../shared/kit/procedure.ts'
import type { Input } from '../../shared/kit/step.ts'
import { RECORD_RETRY, retryRecord } from './inject-sea.ts'
import { onExit } from './on-exit.ts'
import { onSignal } from './on-signal.ts'
import { EMPTY_VMM, type HardwareException, type Vm, type VmmState } from './state.ts'
import { createVm } from './vm-create.ts'

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
    case RECORD_RETRY:
      if (from === 'timer') return retryRecord(vm, (data as { vcpu: number }).vcpu, io)
  }
  return io.refuse('event-type-unknown', `the VMM does not know ${type}`)
}
