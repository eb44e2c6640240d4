import { isZero, viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const KVM_VCPU_EVENTS_SIZE = 64

export const KVM_VCPU_EVENTS_LAYOUT = {
  serrorPending: [0, 'u8'],
  serrorHasEsr: [1, 'u8'],
  extDabtPending: [2, 'u8'],
  pad: [3, 'bytes', 5],
  serrorEsr: [8, 'u64'],
  reserved: [16, 'bytes', 48]
} as const satisfies Layout
const OFFSET = offsetsOf(KVM_VCPU_EVENTS_LAYOUT)

/**
 * struct kvm_vcpu_events of arm64. The u8 members stay numbers: KVM takes any non-zero value as true.
 *
 * Spec: Linux 6.1, arch/arm64/include/uapi/asm/kvm.h, struct kvm_vcpu_events; Documentation/virt/kvm/api.rst 4.31, 4.32.
 * Fidelity: exact.
 */
export interface KvmVcpuEvents {
  readonly serrorPending: number
  readonly serrorHasEsr: number
  readonly extDabtPending: number
  readonly serrorEsr: bigint
  /** The 5 pad bytes, only when one is not zero: KVM_SET_VCPU_EVENTS refuses them. */
  readonly pad?: Uint8Array
  /** The 48 reserved bytes, only when one is not zero: KVM_SET_VCPU_EVENTS refuses them. */
  readonly reserved?: Uint8Array
}

/** Throws FormatError when there are fewer than 64 bytes. */
export function decodeKvmVcpuEvents(bytes: Uint8Array): KvmVcpuEvents {
  requireBytes(bytes, 0, KVM_VCPU_EVENTS_SIZE, 'struct kvm_vcpu_events')
  const view = viewOf(bytes)
  return {
    serrorPending: view.getUint8(OFFSET.serrorPending),
    serrorHasEsr: view.getUint8(OFFSET.serrorHasEsr),
    extDabtPending: view.getUint8(OFFSET.extDabtPending),
    serrorEsr: view.getBigUint64(OFFSET.serrorEsr),
    ...(isZero(bytes, OFFSET.pad, OFFSET.serrorEsr) ? {} : { pad: bytes.slice(OFFSET.pad, OFFSET.serrorEsr) }),
    ...(isZero(bytes, OFFSET.reserved, KVM_VCPU_EVENTS_SIZE)
      ? {}
      : { reserved: bytes.slice(OFFSET.reserved, KVM_VCPU_EVENTS_SIZE) })
  }
}

/** 64 bytes; throws FormatError when a value does not fit. */
export function encodeKvmVcpuEvents(events: KvmVcpuEvents): Uint8Array {
  const bytes = new Uint8Array(KVM_VCPU_EVENTS_SIZE)
  const view = viewOf(bytes)
  for (const field of ['serrorPending', 'serrorHasEsr', 'extDabtPending'] as const) {
    requireFits(events[field], 8, OFFSET[field], field)
    view.setUint8(OFFSET[field], events[field])
  }
  requireFits(events.serrorEsr, 64, OFFSET.serrorEsr, 'serror_esr')
  view.setBigUint64(OFFSET.serrorEsr, events.serrorEsr)
  writeExact(bytes, OFFSET.pad, OFFSET.serrorEsr, events.pad)
  writeExact(bytes, OFFSET.reserved, KVM_VCPU_EVENTS_SIZE, events.reserved)
  return bytes
}

function writeExact(bytes: Uint8Array, from: number, to: number, content: Uint8Array | undefined): void {
  if (content === undefined) return
  if (content.length !== to - from) {
    throw new FormatError(`${to - from} bytes of padding`, from, `${content.length}`)
  }
  bytes.set(content, from)
}
