import type { Static, TObject, TSchema } from 'typebox'
import { kvmIrqLine, kvmRun, kvmKick, kvmGetOneReg, kvmSetOneReg, type ONE_REGS } from '../../shared/contracts/kvm.ts'
import { guestMemoryRead, guestMemoryWrite } from '../../shared/contracts/guest.ts'
import type { QuestionType } from '../../shared/contracts/message.ts'
import type { IoctlResult } from '../../shared/contracts/common.ts'
import { ioctlFailed, neighbourRefused } from '../../shared/contracts/notes/vmm-life.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { isRefused, type Io } from '../../shared/model/io.ts'
import { PROFILES } from './profiles.ts'
import { changeVcpu, type Vm } from './state.ts'

/** What the VMM asks of KVM and of guest memory. Neighbours may be anyone's, so answers are looked at before use. */

type Register = (typeof ONE_REGS)[number]

/** The answer, or undefined with a note when the neighbour refused. */
export function ask<Data extends TObject, Reply extends TSchema>(
  io: Io,
  vm: string,
  question: QuestionType<Data, Reply>,
  data: Static<Data>
): Static<Reply> | undefined {
  const answer = io.ask(question, data)
  if (!isRefused(answer)) return answer
  io.note(neighbourRefused, { vm, to: question.to, type: question.type, refused: answer.refused })
  return undefined
}

/** An ioctl or a system call: true when it succeeded, else a note says what failed. */
export function ioctl<Data extends TObject>(
  io: Io,
  vm: string,
  call: QuestionType<Data, typeof IoctlResult>,
  data: Static<Data>
): boolean {
  const answer = ask(io, vm, call, data)
  if (answer === undefined) return false
  const { ret, errno } = answer
  if (ret >= 0) return true
  io.note(ioctlFailed, { vm, ioctl: call.type, ret, errno })
  return false
}

/** Bytes of guest memory; undefined when the guest does not give them. */
export function readGuest(io: Io, vm: string, guestPhysical: bigint, length: number): Uint8Array | undefined {
  const bytes = ask(io, vm, guestMemoryRead, { vm, guestPhysical, length })?.bytes
  return bytes?.length === length ? bytes : undefined
}

/** A 64-bit cell of guest memory; undefined when the guest does not give it. */
export function readCell(io: Io, vm: string, guestPhysical: bigint): bigint | undefined {
  const bytes = readGuest(io, vm, guestPhysical, 8)
  return bytes === undefined ? undefined : viewOf(bytes).getBigUint64(0)
}

/** Takes every vCPU out of KVM_RUN; the exits of those that had left by themselves come later and mean nothing. */
export function kickAll(vm: Vm, io: Io): Vm {
  return vm.vcpus.reduce((kicked, { inRun }, vcpu) => {
    if (!inRun) return kicked
    const answer = ask(io, vm.name, kvmKick, { vm: vm.name, vcpu })
    return changeVcpu(kicked, vcpu, { inRun: false, staleExit: answer?.wasRunning === false })
  }, vm)
}

/** Writes guest memory; false when the guest has none there. */
export function writeGuest(io: Io, vm: string, guestPhysical: bigint, bytes: Uint8Array): boolean {
  return ask(io, vm, guestMemoryWrite, { vm, guestPhysical, bytes }) !== undefined
}

/** Takes a vCPU out of KVM_RUN. One that has left by itself stays as it is: its exit is on the way. */
export function kick(vm: Vm, vcpu: number, io: Io): Vm {
  if (vm.vcpus[vcpu]?.inRun !== true) return vm
  const answer = ask(io, vm.name, kvmKick, { vm: vm.name, vcpu })
  return answer?.wasRunning === true ? changeVcpu(vm, vcpu, { inRun: false }) : vm
}

/** KVM_RUN, when the VM runs, is not paused, and this vCPU is outside. */
export function resume(vm: Vm, index: number | undefined, io: Io): Vm {
  const vcpu = index === undefined ? undefined : vm.vcpus[index]
  if (index === undefined || vcpu === undefined || vcpu.inRun || !vm.started) return vm
  if (vm.run !== 'running' || vm.paused !== undefined) return vm
  io.send(kvmRun, { vm: vm.name, vcpu: index })
  const running = changeVcpu(vm, index, { inRun: true })
  return index === SPI_TARGET && vm.errorLineHigh ? lower(running, io) : running
}

/** SPIs go to the first vCPU unless the guest routes them elsewhere. */
const SPI_TARGET = 0

/**
 * An edge on the GED's interrupt. The line goes back when the vCPU that takes it has been sent into KVM_RUN once more:
 * whether it is inside right now only the host knows, since an exit may be on its way here.
 *
 * Spec: QEMU 10.2 hw/acpi/generic_event_device.c, acpi_ged_send_event; include/hw/irq.h, qemu_irq_pulse.
 * Fidelity: approximates. QEMU lowers the line at once and relies on the GIC to remember the edge.
 */
export function raiseErrorInterrupt(vm: Vm, io: Io): Vm {
  if (PROFILES[vm.profile].errorIntid === undefined) return vm
  if (vm.errorLineHigh) irqLine(vm, false, io)
  irqLine(vm, true, io)
  return { ...vm, errorLineHigh: true }
}

export function lower(vm: Vm, io: Io): Vm {
  irqLine(vm, false, io)
  return { ...vm, errorLineHigh: false }
}

function irqLine(vm: Vm, level: boolean, io: Io): void {
  const { errorIntid } = PROFILES[vm.profile]
  if (errorIntid !== undefined) io.send(kvmIrqLine, { vm: vm.name, intid: errorIntid, level })
}

/** KVM_GET_ONE_REG; undefined when KVM does not give it. */
export function getRegister(io: Io, vm: string, vcpu: number, reg: Register): bigint | undefined {
  return ask(io, vm, kvmGetOneReg, { vm, vcpu, reg })?.value
}

/** KVM_SET_ONE_REG. */
export function setRegister(io: Io, vm: string, vcpu: number, reg: Register, value: bigint): boolean {
  return ioctl(io, vm, kvmSetOneReg, { vm, vcpu, reg, value })
}
