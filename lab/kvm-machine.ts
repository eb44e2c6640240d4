import { hex } from '../shared/formats/hex.ts'
import type { AccessSyndrome } from '../shared/formats/esr-abort.ts'
import { deliverVserror } from '../shared/linux/kvm/deliver-vserror.ts'
import { enterException } from '../shared/linux/kvm/enter-exception.ts'
import { INTERRUPTED, type Exit } from '../shared/linux/kvm/exit.ts'
import { handleGuestAbort } from '../shared/linux/kvm/guest-abort.ts'
import { fromUser } from '../shared/linux/kvm/pstate.ts'
import { enterGuest, vcpuRun } from '../shared/linux/kvm/vcpu-run.ts'
import { createVcpu, type VcpuState } from '../shared/linux/kvm/vcpu.ts'
import { createVm, hvaRangeToGpas, type VmState } from '../shared/linux/kvm/vm.ts'
import { seriesOf, type Series } from '../shared/linux/profile.ts'
import { createGuestBus, type BusSetup } from './guest-bus.ts'
import { execute, type Executed, type GuestBus } from './guest-cpu.ts'
import { GUEST_PROGRAM } from './guest-program.ts'
import type { LabHost } from './host.ts'

/** What the recorded CPU (Neoverse N1) shows; from 6.12 on KVM hides the GIC interface of a VM without a GIC. */
const ID_REGISTERS: Readonly<Record<Series, Readonly<Record<string, bigint>>>> = {
  '6.1': { id_aa64pfr0_el1: 0x1100_0000_1111_0112n, midr_el1: 0x414f_d0c1n, erridr_el1: 0n },
  '6.12': { id_aa64pfr0_el1: 0x1100_0000_1011_0112n, midr_el1: 0x414f_d0c1n, erridr_el1: 0n },
  '7.3': { id_aa64pfr0_el1: 0x1100_0000_1011_0112n, midr_el1: 0x414f_d0c1n, erridr_el1: 0n }
}

/** A guest that has executed so much without anything happening to it never will. */
const STEP_LIMIT = 100_000

export interface KvmMachine {
  vm: VmState
  vcpu: VcpuState
  /** What happens in turn while the guest does nothing but run in a loop. */
  readonly whileSpinning: (() => void)[]
  /** Inside KVM_RUN. */
  running: boolean
  /** A signal is pending for the vCPU's thread: KVM_RUN returns. */
  signalled: boolean
  /** KVM_RUN. A guest that loops with nothing left to happen is ended by the VMM's alarm, as one that is stuck is. */
  run(): Exit
}

export interface MachineSetup extends BusSetup {
  readonly host: LabHost
  readonly pid: number
  /** IPA of guest_start. */
  readonly codeBase: bigint
}

/** One vCPU on the recorded machine, with its stage 2. */
export function createKvmMachine({ host, pid, codeBase, ...busSetup }: MachineSetup): KvmMachine {
  const { k } = host
  const bus = createGuestBus(busSetup)
  const machine: KvmMachine = {
    vm: createVm(pid),
    vcpu: createVcpu(0, pid),
    whileSpinning: [],
    signalled: false,
    running: false,
    run
  }
  host.onInvalidate = (virtual, length) => {
    for (const range of hvaRangeToGpas(machine.vm, virtual, length)) bus.unmap(range.guestPhysical, range.length)
  }

  function run(): Exit {
    const begun = vcpuRun(k, machine.vm, machine.vcpu)
    machine.vcpu = begun.next
    if (begun.kind === 'exit') return begun.exit
    machine.running = true
    const exit = runGuest()
    machine.running = false
    machine.vcpu = { ...machine.vcpu, exitReason: exit.exitReason }
    return exit
  }

  function runGuest(): Exit {
    let loop: VcpuState | undefined
    for (let step = 0; step < STEP_LIMIT; step++) {
      if (machine.signalled) return INTERRUPTED
      machine.vcpu = deliverVserror(machine.vcpu) ?? machine.vcpu
      const executed = executeNext()
      machine.vcpu = executed.vcpu
      if (executed.kind === 'trapped') {
        loop = undefined
        const exit = takeTrap()
        if (exit !== undefined) return exit
      } else if (executed.kind === 'looped') {
        if (!isSame(loop, executed.vcpu)) loop = executed.vcpu
        else {
          const next = machine.whileSpinning.shift()
          if (next === undefined) return INTERRUPTED
          next()
          loop = undefined
        }
      }
    }
    return INTERRUPTED
  }

  function executeNext(): Executed {
    const { vcpu } = machine
    const fromEl0 = fromUser(vcpu.pstate)
    if (!bus.fetch(vcpu.pc, fromEl0)) return { kind: 'trapped', vcpu }
    const instruction = GUEST_PROGRAM.instructions.get(Number(vcpu.pc - codeBase))
    if (instruction === undefined) throw new Error(`the guest has no instruction at ${hex(vcpu.pc)}`)
    const memory: GuestBus = {
      codeBase,
      load: (address, syndrome?: AccessSyndrome) => bus.load(address, fromEl0, syndrome),
      store: (address, value, syndrome?: AccessSyndrome) => bus.store(address, value, fromEl0, syndrome),
      idRegister: (name) => ID_REGISTERS[seriesOf(k.version)][name]
    }
    return execute(vcpu, instruction, memory)
  }

  /** undefined: the guest goes on. */
  function takeTrap(): Exit | undefined {
    const { el, abort } = bus.takeTrap()
    if (el === 1) {
      const taken = enterException(machine.vcpu, 'except_type_sync')
      machine.vcpu = { ...taken, esr_el1: abort.esr, far_el1: abort.far ?? taken.far_el1 }
      return undefined
    }
    const { next, outcome } = handleGuestAbort(k, machine.vm, machine.vcpu, abort)
    machine.vcpu = next
    switch (outcome.kind) {
      case 'resume':
        if (outcome.map !== undefined) bus.map(outcome.map)
        machine.vcpu = enterGuest(machine.vcpu).next
        return undefined
      case 'exit':
        return outcome.exit
      case 'stuck':
      case 'host-panic':
        return INTERRUPTED
    }
  }

  return machine
}

function isSame(before: VcpuState | undefined, now: VcpuState): boolean {
  if (before === undefined || before.pc !== now.pc || before.pstate !== now.pstate) return false
  return before.x.every((value, index) => value === now.x[index])
}
