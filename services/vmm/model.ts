import type { DataOf } from '../../shared/contracts/message.ts'
import {
  exceptionTell,
  fwCfgWrite,
  hostDown,
  kvmExit,
  signalDeliver,
  vmCreate,
  vmDelete,
  vmInjectError,
  vmMigrate,
  vmPause,
  vmPolicy,
  vmReset,
  vmResume,
  vmStop
} from '../../shared/contracts/vmm.ts'
import { dispatch, on, within } from '../../shared/model/dispatch.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { kickAll } from './calls.ts'
import { endVm, EXIT_SUCCESS } from './end-vm.ts'
import { onExit } from './errors/on-exit.ts'
import { onSignal } from './errors/on-signal.ts'
import { createVm } from './lifecycle/vm-create.ts'
import { deleteVm } from './lifecycle/vm-delete.ts'
import { migrateVm } from './lifecycle/vm-migrate.ts'
import { pauseVm, resumeVm } from './lifecycle/vm-pause.ts'
import { changePolicy } from './lifecycle/vm-policy.ts'
import { resetVm } from './lifecycle/vm-reset.ts'
import { finishBoot } from './lifecycle/vm-start.ts'
import { EMPTY_VMM, isOver, type Vm, type VmmState } from './state.ts'
import { recordRetry, retryRecord } from './telling/inject-sea.ts'
import { injectGhesV2Error } from './telling/qmp-inject.ts'

/** From a VM that starts to an error in its memory, how its guest is told, and what becomes of the VM. */
const handle = dispatch<VmmState, 'vmm'>('vmm', [
  on(vmCreate, createVm),
  on(vmDelete, deleteVm),
  on(hostDown, onHostDown),
  ...within(ofVmStillThere, [on(recordRetry, retryRecord)]),
  ...within(ofVm, [
    on(fwCfgWrite, onFirmwareDone),
    on(vmPolicy, changePolicy),
    on(exceptionTell, (vm, { kind, esr }) => ({ ...vm, exception: { kind, esr } })),
    on(signalDeliver, onSignal),
    on(kvmExit, onExit),
    on(vmInjectError, injectGhesV2Error),
    on(vmReset, resetVm),
    on(vmMigrate, migrateVm),
    on(vmPause, pauseVm),
    on(vmResume, resumeVm),
    on(vmStop, stopVm)
  ])
])

/** The VMM layer: VMs, what SIGBUS means for their guests, and telling them. It asks what to do and does it. */
export const vmmModel = procedure<VmmState>('vmm', () => EMPTY_VMM, handle)

const WHY_DOWN = {
  'kernel-panicked': 'the host kernel panicked',
  rebooted: 'the host was rebooted',
  'platform-halted': 'firmware stopped the platform'
} as const

/** The host is gone and every process of it: no VM runs on, and none can be reset. */
function onHostDown(state: VmmState, { because }: DataOf<typeof hostDown>, io: Io): VmmState {
  const ended = [...state.vms].map(([name, vm]) => {
    return [name, !isOver(vm) ? endVm({ ...vm, run: 'running' }, 'killed', WHY_DOWN[because], io) : vm] as const
  })
  return { ...state, vms: new Map(ended) }
}

interface OfVm {
  readonly vm: string
}

function ofVm(state: VmmState, io: Io, handled: (vm: Vm) => Vm, { vm: name }: OfVm): VmmState {
  const vm = state.vms.get(name) ?? io.refuse('vm-unknown', `no VM ${name}`, '/vm')
  const next = handled(vm)
  return next === vm ? state : { ...state, vms: new Map(state.vms).set(name, next) }
}

/** A timer of a VM that was deleted meanwhile means nothing. */
function ofVmStillThere(state: VmmState, io: Io, handled: (vm: Vm) => Vm, of: OfVm): VmmState {
  return state.vms.has(of.vm) ? ofVm(state, io, handled, of) : state
}

/** Whoever manages the VM has had enough of it. */
function stopVm(vm: Vm, _: DataOf<typeof vmStop>, io: Answering<typeof vmStop>): readonly [Said, Vm] {
  if (isOver(vm)) io.refuse('vm-state', `VM ${vm.name} is ${vm.run} already`)
  const next = endVm(kickAll({ ...vm, run: 'running' }, io), 'stopped', 'somebody stopped it', io, EXIT_SUCCESS)
  return [io.answer({}), next]
}
function onFirmwareDone(vm: Vm, _: DataOf<typeof fwCfgWrite>, io: Answering<typeof fwCfgWrite>): readonly [Said, Vm] {
  if (vm.run !== 'running') io.refuse('vm-state', `VM ${vm.name} is ${vm.run}`)
  if (vm.started) io.refuse('vm-state', `guest firmware of ${vm.name} has run already`)
  const next = finishBoot(vm, io)
  return [io.answer({}), next]
}
