import type { SignalDeliver } from '../../../shared/contracts/vmm.ts'
import {
  sigbusSlotOccupied,
  signalNoMemoryError,
  signalTooLate,
  signalUnmodelled
} from '../../../shared/contracts/notes/vmm-errors.ts'
import { BUS_MCEERR_AO, BUS_MCEERR_AR, SIGBUS, SIGKILL } from '../../../shared/formats/siginfo.ts'
import type { Io } from '../../../shared/model/io.ts'
import { decide } from '../decision/decide.ts'
import { endVm } from '../end-vm.ts'
import { onSigbusQemu } from './on-sigbus-qemu.ts'
import { PAGE_LSB, placeInGuest } from '../place-in-guest.ts'
import { PROFILES } from '../profiles.ts'
import { changeVcpu, count, type MemoryError, type Vm } from '../state.ts'

const DIES_OF_SIGBUS = { signal: SIGBUS } as const

/** A signal to a thread of the VMM. */
export function onSignal(vm: Vm, signal: SignalDeliver, io: Io): Vm {
  if (signal.pid !== vm.pid) io.refuse('process-unknown', `VM ${vm.name} is process ${vm.pid}`, '/pid')
  const { signo, code, codeName, tid } = signal
  const named = `signal ${signo} (${codeName}) to thread ${tid}`
  if (vm.run !== 'running') {
    io.note(signalTooLate, { vm: vm.name, tid, signo, codeName, state: vm.run })
    return vm
  }
  if (signal.killed) return endVm(vm, 'killed', `${named} took its default action`, io)
  if (signo === SIGKILL) return endVm(vm, 'killed', named, io)
  if (signo !== SIGBUS) {
    io.note(signalUnmodelled, { vm: vm.name, tid, signo, codeName })
    return vm
  }
  const { onSigbus, onOtherSigbus, death } = PROFILES[vm.profile]
  if (onSigbus === 'default-action') return endVm(vm, 'killed', `${named}: no handler`, io, DIES_OF_SIGBUS)
  if (onSigbus === 'exit') return endVm(vm, 'killed', `${named}: the handler leaves, whatever it is`, io, death)
  if (code !== BUS_MCEERR_AO && code !== BUS_MCEERR_AR) {
    io.note(signalNoMemoryError, { vm: vm.name, tid, codeName })
    return onOtherSigbus === 'ignore'
      ? vm
      : endVm(vm, 'killed', `${named} is no memory error report`, io, DIES_OF_SIGBUS)
  }
  return onMemoryError(vm, signal, named, io)
}

function onMemoryError(vm: Vm, { code, tid, hostVirtual, addressLsb }: SignalDeliver, named: string, io: Io): Vm {
  const at = vm.vcpus.findIndex((vcpu) => vcpu.tid === tid)
  const required = code === BUS_MCEERR_AR
  const lsb = addressLsb ?? PAGE_LSB
  const error: MemoryError = {
    code: required ? 'BUS_MCEERR_AR' : 'BUS_MCEERR_AO',
    vcpu: required && at >= 0 ? at : undefined,
    hostVirtual,
    addressLsb: lsb,
    place: placeInGuest(vm.slots, hostVirtual, lsb),
    reportedBy: io.id
  }
  if (error.vcpu !== undefined) return onVcpuThread(vm, error.vcpu, error, io)
  // SIGBUS is blocked in QEMU's other threads and read through a descriptor, which a forced one does not wait for.
  if (required && PROFILES[vm.profile].workersBlockSigbus) {
    return endVm(vm, 'killed', `${named}, which has it blocked`, io, DIES_OF_SIGBUS)
  }
  return consider(vm, error, io)
}

/** Decides about an error that a vCPU has consumed, however often it has been told of it before. */
export function decideForVcpu(vm: Vm, error: MemoryError, io: Io): Vm {
  io.because(error.reportedBy)
  return consider(vm, error, io)
}

/** The rules of the VMM, where it has its own, then the policy. */
function consider(vm: Vm, error: MemoryError, io: Io): Vm {
  return PROFILES[vm.profile].onSigbus === 'qemu' ? onSigbusQemu(vm, error, io) : decide(vm, error, io)
}

/**
 * The handler in a vCPU thread only fills its slot; the decision waits until KVM_RUN is back, when registers may be
 * touched. A thread that is outside already decides at once.
 *
 * Spec: QEMU 10.0 accel/kvm/kvm-all.c, kvm_on_sigbus_vcpu, kvm_cpu_exec; system/cpus.c, sigbus_reraise.
 * Fidelity: exact for QEMU, which dies of a second signal while the slot is occupied; `reference` keeps the first.
 */
function onVcpuThread(vm: Vm, index: number, error: MemoryError, io: Io): Vm {
  const vcpu = vm.vcpus[index]
  if (vcpu === undefined) return vm
  if (vcpu.sigbus !== undefined || vcpu.waiting !== undefined) {
    io.note(sigbusSlotOccupied, { vm: vm.name, vcpu: index, hostVirtual: error.hostVirtual })
    return PROFILES[vm.profile].onSecondSignal === 'count'
      ? count(vm, 'slotOccupied')
      : endVm(vm, 'killed', 'a second SIGBUS before the first was handled', io, DIES_OF_SIGBUS)
  }
  return vcpu.inRun ? changeVcpu(vm, index, { sigbus: error }) : decideForVcpu(vm, error, io)
}
