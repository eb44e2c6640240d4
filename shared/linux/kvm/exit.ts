import { EINTR } from './ioctl.ts'

/**
 * kvm_run.exit_reason.
 *
 * Spec: Linux 6.1 and 7.3.4, include/uapi/linux/kvm.h.
 * Fidelity: exact for the exits this model has.
 */
export const KVM_EXIT_UNKNOWN = 0
export const KVM_EXIT_MMIO = 6
export const KVM_EXIT_INTR = 10
export const KVM_EXIT_ARM_NISV = 28
export const KVM_EXIT_ARM_SEA = 41

/** How KVM_RUN comes back: the system call's result and the part of struct kvm_run that goes with the reason. */
export interface Exit {
  readonly ret: number
  readonly errno: number
  readonly exitReason: number
  readonly mmio?: {
    readonly guestPhysical: bigint
    readonly length: number
    readonly isWrite: boolean
    readonly data: bigint
  }
  readonly armNisv?: { readonly esrIss: bigint; readonly faultIpa: bigint }
  readonly armSea?: ArmSea
}

/** kvm_run.arm_sea; bit 0 of `flags` says that `gpa` is valid. */
export interface ArmSea {
  readonly flags: bigint
  readonly esr: bigint
  readonly gva: bigint
  readonly gpa: bigint
}

/** A translation KVM has put into stage 2. */
export interface Stage2Mapping {
  readonly guestPhysical: bigint
  readonly hostPhysical: bigint
  readonly length: bigint
  readonly writable: boolean
}

/**
 * What follows one exit from the guest. `resume`: the guest goes on where it stopped, or at the exception that is
 * pending. `stuck`: the guest is resumed, takes the same fault and nothing ever leaves KVM_RUN until some other signal
 * comes. `host-panic`: the host kernel is gone.
 */
export type Next =
  | { readonly kind: 'resume'; readonly map?: Stage2Mapping }
  | { readonly kind: 'exit'; readonly exit: Exit }
  | { readonly kind: 'stuck'; readonly because: string }
  | { readonly kind: 'host-panic' }

export const RESUME: Next = { kind: 'resume' }

/** A signal is pending: KVM_RUN returns -1 with EINTR. */
export const INTERRUPTED: Exit = { ret: -1, errno: EINTR, exitReason: KVM_EXIT_INTR }

/** A handler returned a negative error: the exit reason is still the one KVM_RUN began with. */
export function failedExit(errno: number): Next {
  return { kind: 'exit', exit: { ret: -1, errno, exitReason: KVM_EXIT_UNKNOWN } }
}
