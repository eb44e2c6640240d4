import { viewOf } from './bytes.ts'
import { decodeAbort, isDataAbort, isInstructionAbort } from './esr.ts'
import { requireBytes, requireFits } from './format-error.ts'

const KVM_RUN_ARM_SEA_SIZE = 32
export const KVM_EXIT_ARM_SEA_FLAG_GPA_VALID = 1n << 0n

const OFFSET = { flags: 0, esr: 8, gva: 16, gpa: 24 } as const

/**
 * kvm_run.arm_sea: a guest's synchronous external abort that the host did not claim, handed to the VMM.
 * `guestVirtual` is there when FnV of `esr` is clear, `guestPhysical` when its flag is set.
 *
 * Spec: Linux 6.19, include/uapi/linux/kvm.h, struct kvm_run (arm_sea); arch/arm64/kvm/mmu.c, kvm_handle_guest_sea.
 * Fidelity: exact for the layout; an address without its mark is read as absent and written as zero.
 */
export interface KvmRunArmSea {
  readonly esr: bigint
  readonly guestVirtual?: bigint
  readonly guestPhysical?: bigint
  /** Flags without a field here. */
  readonly reservedFlags?: bigint
}

function farValid(esr: bigint): boolean {
  return (isDataAbort(esr) || isInstructionAbort(esr)) && !decodeAbort(esr).fnv
}

/** Throws FormatError when there are fewer than 32 bytes. */
export function decodeKvmRunArmSea(bytes: Uint8Array): KvmRunArmSea {
  requireBytes(bytes, 0, KVM_RUN_ARM_SEA_SIZE, 'kvm_run.arm_sea')
  const view = viewOf(bytes)
  const flags = view.getBigUint64(OFFSET.flags)
  const esr = view.getBigUint64(OFFSET.esr)
  const reserved = flags & ~KVM_EXIT_ARM_SEA_FLAG_GPA_VALID
  return {
    esr,
    ...(farValid(esr) ? { guestVirtual: view.getBigUint64(OFFSET.gva) } : {}),
    ...(flags & KVM_EXIT_ARM_SEA_FLAG_GPA_VALID ? { guestPhysical: view.getBigUint64(OFFSET.gpa) } : {}),
    ...(reserved !== 0n ? { reservedFlags: reserved } : {})
  }
}

/** 32 bytes; throws FormatError when a value does not fit. */
export function encodeKvmRunArmSea(sea: KvmRunArmSea): Uint8Array {
  const { esr, guestVirtual, guestPhysical, reservedFlags = 0n } = sea
  requireFits(esr, 64, OFFSET.esr, 'esr')
  requireFits(reservedFlags, 64, OFFSET.flags, 'flags')
  requireFits(guestVirtual ?? 0n, 64, OFFSET.gva, 'gva')
  requireFits(guestPhysical ?? 0n, 64, OFFSET.gpa, 'gpa')
  const bytes = new Uint8Array(KVM_RUN_ARM_SEA_SIZE)
  const view = viewOf(bytes)
  const flags = reservedFlags | (guestPhysical === undefined ? 0n : KVM_EXIT_ARM_SEA_FLAG_GPA_VALID)
  view.setBigUint64(OFFSET.flags, flags)
  view.setBigUint64(OFFSET.esr, esr)
  view.setBigUint64(OFFSET.gva, guestVirtual ?? 0n)
  view.setBigUint64(OFFSET.gpa, guestPhysical ?? 0n)
  return bytes
}
