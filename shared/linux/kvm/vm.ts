/** One KVM memory slot. */
export interface MemorySlot {
  readonly slot: number
  readonly guestPhysical: bigint
  /** Bytes. */
  readonly length: bigint
  readonly hostVirtual: bigint
  /** KVM_MEM_LOG_DIRTY_PAGES: a migration is copying the guest. */
  readonly dirtyLogging: boolean
  /** KVM_MEM_READONLY. */
  readonly readOnly: boolean
}

/** Capabilities a VMM can turn on for a VM. */
export interface EnabledCaps {
  readonly nisvToUser: boolean
  readonly seaToUser: boolean
}

/**
 * One VM: the process that owns it, its memory slots and what it turned on.
 *
 * Spec: Linux 6.1, include/linux/kvm_host.h, struct kvm; arch/arm64/include/asm/kvm_host.h, struct kvm_arch.
 * Fidelity: approximates; one address space, no in-kernel devices but the interrupt lines of the GIC.
 */
export interface VmState {
  readonly pid: number
  readonly slots: readonly MemorySlot[]
  readonly caps: EnabledCaps
  /** Size of the IPA space in bits: 40 unless the VM was created with another. */
  readonly ipaBits: number
  /** The kernel's own limit on IPAs (PARange), in bits. */
  readonly ipaLimitBits: number
  /** SPIs of the virtual GIC that are high; undefined without an in-kernel GIC. */
  readonly irqLines: ReadonlySet<number> | undefined
}

export function createVm(pid: number, change: Partial<VmState> = {}): VmState {
  return {
    pid,
    slots: [],
    caps: { nisvToUser: false, seaToUser: false },
    ipaBits: 40,
    ipaLimitBits: 48,
    irqLines: undefined,
    ...change
  }
}

/** gfn_to_memslot(): the slot that backs an IPA. */
export function findSlot(vm: VmState, guestPhysical: bigint): MemorySlot | undefined {
  return vm.slots.find(
    (slot) => guestPhysical >= slot.guestPhysical && guestPhysical < slot.guestPhysical + slot.length
  )
}

/** HVA of an IPA; undefined when no slot backs it. */
export function gpaToHva(vm: VmState, guestPhysical: bigint): bigint | undefined {
  const slot = findSlot(vm, guestPhysical)
  return slot === undefined ? undefined : slot.hostVirtual + (guestPhysical - slot.guestPhysical)
}

/** Every IPA range that a range of HVAs backs: what an MMU notifier takes out of stage 2. */
export function hvaRangeToGpas(
  vm: VmState,
  hostVirtual: bigint,
  length: bigint
): readonly { readonly guestPhysical: bigint; readonly length: bigint }[] {
  return vm.slots.flatMap((slot) => {
    const start = hostVirtual > slot.hostVirtual ? hostVirtual : slot.hostVirtual
    const slotEnd = slot.hostVirtual + slot.length
    const end = hostVirtual + length < slotEnd ? hostVirtual + length : slotEnd
    return start < end ? [{ guestPhysical: slot.guestPhysical + (start - slot.hostVirtual), length: end - start }] : []
  })
}

/** memslot_is_logging(): dirty logging is on and the slot can become dirty. */
export function isLogging(slot: MemorySlot): boolean {
  return slot.dirtyLogging && !slot.readOnly
}
