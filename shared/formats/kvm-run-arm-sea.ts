import { viewOf } from './bytes.ts'
import { isDataAbort, isInstructionAbort } from './esr.ts'
import { decodeAbort } from './esr-abort.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { keptAt, unsaid, writeKept, type Kept, type Said } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const KVM_RUN_ARM_SEA_SIZE = 32
export const KVM_EXIT_ARM_SEA_FLAG_GPA_VALID = 1n << 0n

export const KVM_RUN_ARM_SEA_LAYOUT = {
  flags: [0, 'u64'],
  esr: [8, 'u64'],
  guestVirtual: [16, 'u64'],
  guestPhysical: [24, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf(KVM_RUN_ARM_SEA_LAYOUT)

/**
 * kvm_run.arm_sea: a guest's synchronous external abort that the host did not claim, handed to the VMM.
 * `guestVirtual` is there when FnV of `esr` is clear, `guestPhysical` when its flag is set.
 *
 * Spec: Linux 6.19, include/uapi/linux/kvm.h, struct kvm_run (arm_sea); arch/arm64/kvm/mmu.c, kvm_handle_guest_sea.
 * Fidelity: exact; an address without its mark is absent, and among the kept bytes.
 */
export interface KvmRunArmSea {
  readonly esr: bigint
  readonly guestVirtual?: bigint
  readonly guestPhysical?: bigint
  /** Flags without a field here. */
  readonly reservedFlags?: bigint
  /** Content of an address without its mark. */
  readonly kept?: readonly Kept[]
}

const GVA: Said = [OFFSET.guestVirtual, 8]
const GPA: Said = [OFFSET.guestPhysical, 8]
const ALWAYS: Said = [OFFSET.flags, 16]

function keptOf(bytes: Uint8Array, hasGva: boolean, hasGpa: boolean): readonly Kept[] | undefined {
  const said = [ALWAYS, ...(hasGva ? [GVA] : []), ...(hasGpa ? [GPA] : [])]
  return keptAt(bytes, 0, unsaid(KVM_RUN_ARM_SEA_SIZE, said))
}

/** Whether the address of an abort with this syndrome means something. */
export function farValid(esr: bigint): boolean {
  return (isDataAbort(esr) || isInstructionAbort(esr)) && !decodeAbort(esr).fnv
}

/** Throws FormatError when there are fewer than 32 bytes. */
export function decodeKvmRunArmSea(bytes: Uint8Array): KvmRunArmSea {
  requireBytes(bytes, 0, KVM_RUN_ARM_SEA_SIZE, 'kvm_run.arm_sea')
  const view = viewOf(bytes)
  const flags = view.getBigUint64(OFFSET.flags)
  const esr = view.getBigUint64(OFFSET.esr)
  const reserved = flags & ~KVM_EXIT_ARM_SEA_FLAG_GPA_VALID
  const hasGpa = (flags & KVM_EXIT_ARM_SEA_FLAG_GPA_VALID) !== 0n
  const kept = keptOf(bytes, farValid(esr), hasGpa)
  return {
    esr,
    ...(farValid(esr) ? { guestVirtual: view.getBigUint64(OFFSET.guestVirtual) } : {}),
    ...(hasGpa ? { guestPhysical: view.getBigUint64(OFFSET.guestPhysical) } : {}),
    ...(reserved !== 0n ? { reservedFlags: reserved } : {}),
    ...(kept === undefined ? {} : { kept })
  }
}

/** 32 bytes; throws FormatError when a value does not fit. */
export function encodeKvmRunArmSea(sea: KvmRunArmSea): Uint8Array {
  const { esr, guestVirtual, guestPhysical, reservedFlags = 0n } = sea
  requireFits(esr, 64, OFFSET.esr, 'esr')
  requireFits(reservedFlags, 64, OFFSET.flags, 'flags')
  requireFits(guestVirtual ?? 0n, 64, OFFSET.guestVirtual, 'gva')
  requireFits(guestPhysical ?? 0n, 64, OFFSET.guestPhysical, 'gpa')
  const bytes = new Uint8Array(KVM_RUN_ARM_SEA_SIZE)
  const view = viewOf(bytes)
  writeKept(bytes, 0, KVM_RUN_ARM_SEA_SIZE, sea.kept)
  const flags = reservedFlags | (guestPhysical === undefined ? 0n : KVM_EXIT_ARM_SEA_FLAG_GPA_VALID)
  view.setBigUint64(OFFSET.flags, flags)
  view.setBigUint64(OFFSET.esr, esr)
  if (guestVirtual !== undefined) view.setBigUint64(OFFSET.guestVirtual, guestVirtual)
  if (guestPhysical !== undefined) view.setBigUint64(OFFSET.guestPhysical, guestPhysical)
  return bytes
}
