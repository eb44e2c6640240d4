import { ESR_ISS_MASK } from '../../formats/esr.ts'
import type { KvmVcpuEvents } from '../../formats/kvm-vcpu-events.ts'
import { EINVAL } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'
import { adjustPc } from './adjust-pc.ts'
import { injectDabt } from './inject-abt.ts'
import { injectSerror, injectVabt } from './inject-serror.ts'
import { ENOEXEC, failure, SUCCESS, type IoctlResult } from './ioctl.ts'

import type { VcpuState } from './vcpu.ts'

/**
 * KVM_GET_VCPU_EVENTS. `serrorHasEsr` says what the host can do, not that there is anything; an injected data abort is
 * never told back.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/guest.c, __kvm_arm_vcpu_get_events.
 * Fidelity: exact.
 */
export function getVcpuEvents(
  k: Kernel,
  vcpu: VcpuState
): { readonly result: IoctlResult; readonly events?: KvmVcpuEvents } {
  if (!vcpu.initialised) return { result: failure(ENOEXEC) }
  return {
    result: SUCCESS,
    events: {
      serrorPending: vcpu.vse ? 1 : 0,
      serrorHasEsr: k.options.ras ? 1 : 0,
      extDabtPending: 0,
      serrorEsr: vcpu.vse && k.options.ras ? vcpu.vsesr_el2 : 0n
    }
  }
}

/**
 * KVM_SET_VCPU_EVENTS. Errors: ENOEXEC before KVM_ARM_VCPU_INIT; EINVAL for a byte of pad or reserved, for a syndrome
 * on a host without RAS, and for a syndrome beyond ISS (25 bits, IDS included). `serrorPending` 0 clears nothing.
 *
 * Spec: Linux 6.1.192 and 7.3.4, arch/arm64/kvm/guest.c, kvm_arm_vcpu_set_events, __kvm_arm_vcpu_set_events,
 * commit_pending_events.
 * Fidelity: exact; where a version commits at once the abort goes first, so that the SError finds PSTATE.A set.
 */
export function setVcpuEvents(
  k: Kernel,
  vcpu: VcpuState,
  events: KvmVcpuEvents
): { readonly vcpu: VcpuState; readonly result: IoctlResult } {
  if (!vcpu.initialised) return { vcpu, result: failure(ENOEXEC) }
  if (isDirty(events.pad) || isDirty(events.reserved)) return { vcpu, result: failure(EINVAL) }
  return knob(k.version, 'setEventsCommitsPc') ? setAndCommit(k, vcpu, events) : setAndPend(k, vcpu, events)
}

function isDirty(bytes: Uint8Array | undefined): boolean {
  return bytes?.some((byte) => byte !== 0) ?? false
}

function setAndPend(k: Kernel, vcpu: VcpuState, events: KvmVcpuEvents) {
  const serror = setSerror(k, vcpu, events)
  if (serror === undefined) return { vcpu, result: failure(EINVAL) }
  const next = events.extDabtPending === 0 ? serror : injectDabt(k, serror, serror.far_el2)
  return { vcpu: next, result: SUCCESS }
}

function setAndCommit(k: Kernel, vcpu: VcpuState, events: KvmVcpuEvents) {
  const aborted = events.extDabtPending === 0 ? vcpu : commitPending(injectDabt(k, vcpu, vcpu.far_el2))
  const serror = setSerror(k, aborted, events)
  // The abort has been written by then and stays, although the ioctl fails.
  if (serror === undefined) return { vcpu: aborted, result: failure(EINVAL) }
  return { vcpu: commitPending(serror), result: SUCCESS }
}

/** undefined: the syndrome is refused. */
function setSerror(k: Kernel, vcpu: VcpuState, events: KvmVcpuEvents): VcpuState | undefined {
  if (events.serrorPending === 0) return vcpu
  if (events.serrorHasEsr === 0) return injectVabt(k, vcpu)
  if (!k.options.ras || (events.serrorEsr & ~ESR_ISS_MASK) !== 0n) return undefined
  return injectSerror(k, vcpu, events.serrorEsr)
}

/** commit_pending_events(): also forgets an MMIO exit, whose instruction must not be stepped over any more. */
function commitPending(vcpu: VcpuState): VcpuState {
  return vcpu.pendingException === undefined ? vcpu : adjustPc({ ...vcpu, mmio: undefined })
}
