import { EC, decodeEsr } from '../../formats/esr.ts'
import { apeiClaimSei } from '../apei/apei-claim-sea.ts'
import { KWORKER, type Context, type Kernel } from '../kernel/state.ts'
import { runMemoryFailureWork } from '../mm/memory-failure-queue.ts'
import { classifySError, disrToEsr, panicOnSError } from '../arm64/serror.ts'
import { RESUME, type Next } from './exit.ts'
import { injectVabt } from './inject-serror.ts'
import type { VcpuState } from './vcpu.ts'

/** What an SError of this class does when a guest was running. */
export const WHILE_IN_GUEST = {
  'NOT-RAS': 'vserror',
  SURVIVE: 'nothing',
  'FATAL-TO-CONTEXT': 'vserror',
  UC: 'host-panic'
} as const satisfies Record<ReturnType<typeof classifySError>, string>

/** Only the CPU number of a panic depends on it. */
const NOBODY: Context = { pid: undefined, tid: undefined, comm: '', cpu: 0 }

export interface Handled {
  readonly next: VcpuState
  readonly outcome: Next
}

/**
 * kvm_handle_guest_serror(): a physical SError was taken while the guest ran. APEI is not asked, unless the kernel has
 * the option `sei`: then a record that is claimed is all there is to it, and the guest goes on.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/handle_exit.c, kvm_handle_guest_serror; arch/arm64/kernel/traps.c,
 * arm64_is_fatal_ras_serror. The option: the KVM series of gengdongjiu, 2017, never merged.
 * Fidelity: exact without the option; with it approximates: any class of SError with a record is survived.
 */
export function handleGuestSerror(k: Kernel, vcpu: VcpuState, esr: bigint, context: Context = NOBODY): Handled {
  if (k.options.sei && apeiClaimSei(k, context).claimed) {
    runMemoryFailureWork(k, context.cpu, { ...KWORKER, cpu: context.cpu })
    return { next: vcpu, outcome: k.panic === undefined ? RESUME : { kind: 'host-panic' } }
  }
  switch (WHILE_IN_GUEST[classifySError(esr, k.options.ras)]) {
    case 'nothing':
      return { next: vcpu, outcome: RESUME }
    case 'vserror':
      return { next: injectVabt(k, vcpu), outcome: RESUME }
    case 'host-panic':
      panicOnSError(k, context, esr)
      return { next: vcpu, outcome: { kind: 'host-panic' } }
  }
}

/** An exit from the guest, as far as SErrors go. */
export interface GuestExit {
  /** The vector that was taken: a trap (abort, HVC, ...), an interrupt, or an SError. */
  readonly code: 'trap' | 'irq' | 'el1_serror'
  /** Not for an interrupt. */
  readonly esr_el2?: bigint
  /** DISR_EL1 when the ESB at the vector has consumed an SError that was pending at the exit. */
  readonly disr?: bigint
  readonly serrorPending?: boolean
}

/** HVC leaves with PC behind it. */
const INSTRUCTION_SIZE = 4n

/**
 * fixup_guest_exit() and handle_exit_early(): an SError found at an exit discards the trap it came with. The guest does
 * that instruction again, so an HVC, alone of all traps, has its PC put back.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/hyp/include/hyp/switch.h, fixup_guest_exit; arch/arm64/kvm/handle_exit.c, handle_exit,
 * handle_exit_early; hyp/entry.S, __guest_exit.
 * Fidelity: omits an SError in the hypervisor's own code, which ends the host.
 */
export function handleExitEarly(
  k: Kernel,
  vcpu: VcpuState,
  exit: GuestExit,
  context: Context = NOBODY
): Handled & { readonly trapDiscarded: boolean } {
  const recorded = exit.code === 'irq' || exit.esr_el2 === undefined ? vcpu : { ...vcpu, esr_el2: exit.esr_el2 }
  if (exit.serrorPending ?? exit.disr !== undefined) {
    const rewound =
      exit.code === 'trap' && isHvc(exit.esr_el2) ? { ...recorded, pc: recorded.pc - INSTRUCTION_SIZE } : recorded
    const handled =
      k.options.ras && exit.disr !== undefined
        ? handleGuestSerror(k, rewound, disrToEsr(exit.disr), context)
        : { next: injectVabt(k, rewound), outcome: RESUME }
    return { ...handled, trapDiscarded: exit.code === 'trap' }
  }
  if (exit.code !== 'el1_serror' || exit.esr_el2 === undefined) {
    return { next: recorded, outcome: RESUME, trapDiscarded: false }
  }
  return { ...handleGuestSerror(k, recorded, exit.esr_el2, context), trapDiscarded: false }
}

function isHvc(esr: bigint | undefined): boolean {
  return esr !== undefined && decodeEsr(esr).ec === EC.hvc64
}
