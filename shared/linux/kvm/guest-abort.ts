import { hex } from '../../formats/hex.ts'
import { isInstructionAbort } from '../../formats/esr.ts'
import { EFAULT } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { alignDown, pageShift } from '../mm/page-table.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { runningProcess } from '../kernel/task.ts'
import { failedExit, INTERRUPTED, KVM_EXIT_UNKNOWN, RESUME, type Next } from './exit.ts'
import { handleGuestSea, type GuestSea } from './guest-sea.ts'
import { injectDabt, injectPabt, injectSizeFault, type WalkLevel } from './inject-abt.ts'
import {
  accessIpa,
  ESR_ELX_FSC_ACCESS,
  ESR_ELX_FSC_FAULT,
  ESR_ELX_FSC_PERM,
  faultIpa,
  faultType,
  hpfarOf,
  isSea,
  isWriteFault,
  lastAbort
} from './kvm-emulate.ts'
import { ioMemAbort } from './mmio.ts'
import { userMemAbort } from './user-mem-abort.ts'
import type { VcpuState } from './vcpu.ts'
import { findSlot, gpaToHva, type VmState } from './vm.ts'
import { watchSignals } from './watch-signals.ts'

/** An abort from a guest as the CPU leaves it for EL2. */
export interface GuestAbort {
  readonly esr: bigint
  /** Guest virtual address; absent where FAR_EL2 is not valid (FnV). */
  readonly far?: bigint | undefined
  /** IPA, of which HPFAR_EL2 has the page; absent where the CPU has not written it. */
  readonly guestPhysical?: bigint | undefined
  /** Level of the stage-1 descriptor, for an abort with S1PTW that KVM can find again. */
  readonly walkLevel?: WalkLevel
  /** CPU the vCPU's thread runs on; 0 if left out. */
  readonly cpu?: number
}

type Sea = Pick<GuestSea, 'abort' | 'instruction'>

export interface Handled {
  readonly next: VcpuState
  readonly outcome: Next
}

/**
 * kvm_handle_guest_abort(): everything a guest's access can end in at EL2. KVM records ESR, FAR and HPFAR first; an
 * abort that is injected later, by whoever, still takes its address from there.
 *
 * Spec: Linux 6.1.192 and 7.3.4, arch/arm64/kvm/mmu.c, kvm_handle_guest_abort; hyp/include/hyp/fault.h,
 * __get_fault_info.
 * Fidelity: omits nested guests, protected guests and the memory of confidential ones.
 */
export function handleGuestAbort(k: Kernel, vm: VmState, vcpu: VcpuState, taken: GuestAbort): Handled {
  const recorded: VcpuState = {
    ...vcpu,
    esr_el2: taken.esr,
    far_el2: taken.far ?? vcpu.far_el2,
    hpfar_el2: taken.guestPhysical === undefined ? vcpu.hpfar_el2 : hpfarOf(taken.guestPhysical),
    exitReason: KVM_EXIT_UNKNOWN
  }
  const { next, outcome } = dispatch(k, vm, recorded, taken)
  if (outcome.kind === 'exit') return { next: { ...next, exitReason: outcome.exit.exitReason }, outcome }
  return { next, outcome }
}

function dispatch(k: Kernel, vm: VmState, vcpu: VcpuState, taken: GuestAbort): Handled {
  const abort = lastAbort(vcpu)
  if (abort === undefined) throw new Error('handleGuestAbort: ESR_EL2 is not that of an abort')
  const instruction = isInstructionAbort(taken.esr)
  const seaFirst = knob(k.version, 'guestSeaBeforeIpaChecks')

  const sea = isSea(abort, knob(k.version, 'levelMinusOneSea'))
  if (sea && seaFirst) return guestSea(k, vm, vcpu, taken, { abort, instruction })
  const ipa = faultIpa(vcpu)
  if (faultType(abort) === ESR_ELX_FSC_FAULT) {
    if (ipa >= 1n << BigInt(vm.ipaLimitBits)) {
      return { next: injectSizeFault(k, vcpu, instruction, accessIpa(vcpu)), outcome: RESUME }
    }
    if (ipa >= 1n << BigInt(vm.ipaBits)) {
      const address = accessIpa(vcpu)
      const next = instruction ? injectPabt(k, vcpu, address) : injectDabt(k, vcpu, address, taken.walkLevel)
      return { next, outcome: RESUME }
    }
  }
  if (sea) return guestSea(k, vm, vcpu, taken, { abort, instruction })

  const type = faultType(abort)
  if (type !== ESR_ELX_FSC_FAULT && type !== ESR_ELX_FSC_PERM && type !== ESR_ELX_FSC_ACCESS) {
    const code = abort.fsc.toString(16)
    printk(k, `kvm: Unsupported FSC: xFSC=0x${code} ESR_EL2=${hex(taken.esr)}`)
    return { next: vcpu, outcome: failedExit(EFAULT) }
  }

  const slot = findSlot(vm, ipa)
  const hva = gpaToHva(vm, ipa)
  if (slot === undefined || hva === undefined || (isWriteFault(abort, instruction) && slot.readOnly)) {
    // Code or page tables where no memory is: nobody but the guest can do anything about that.
    if (instruction) return { next: injectPabt(k, vcpu, vcpu.far_el2), outcome: RESUME }
    if (abort.s1ptw) return { next: injectDabt(k, vcpu, vcpu.far_el2, taken.walkLevel), outcome: RESUME }
    if (slot === undefined && abort.cm) return { next: { ...vcpu, incrementPc: true }, outcome: RESUME }
    return ioMemAbort(k, vm, vcpu, abort)
  }
  // The entry is only marked young.
  if (type === ESR_ELX_FSC_ACCESS) return { next: vcpu, outcome: RESUME }
  const shift = pageShift(k)
  const fault = {
    abort,
    instruction,
    tid: vcpu.tid,
    guestPhysical: alignDown(ipa, shift),
    hostVirtual: alignDown(hva, shift)
  }
  return { next: vcpu, outcome: userMemAbort(k, vm, slot, fault) }
}

/** A signal that the claimed record has sent to this thread ends KVM_RUN before the guest runs again. */
function guestSea(k: Kernel, vm: VmState, vcpu: VcpuState, taken: GuestAbort, sea: Sea): Handled {
  const context = { pid: vm.pid, tid: vcpu.tid, comm: runningProcess(k, vm.pid)?.comm ?? '', cpu: taken.cpu ?? 0 }
  const ipaValid = taken.guestPhysical !== undefined
  const { result, signalled } = watchSignals(k, vm.pid, vcpu.tid, (inner) =>
    handleGuestSea(inner, vm, vcpu, { ...sea, ipaValid, context })
  )
  if (!signalled || result.outcome.kind !== 'resume') return result
  return { next: result.next, outcome: { kind: 'exit', exit: INTERRUPTED } }
}
