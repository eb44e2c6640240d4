import { BUS_MCEERR_AR, SIGBUS } from '../../formats/siginfo.ts'
import type { Kernel, SignalDelivery } from '../kernel/state.ts'
import { sendSignal } from '../kernel/signal.ts'

/**
 * kvm_send_hwpoison_signal(): tells the vCPU's thread which of its pages the guest touched. `hostVirtual` is the start
 * of the base page, `lsb` the extent KVM would have mapped. Not forced: a blocked signal waits, an ignored one is gone.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/mmu.c, kvm_send_hwpoison_signal; kernel/signal.c, send_sig_mceerr.
 * Fidelity: exact.
 */
export function sendHwpoisonSignal(
  k: Kernel,
  pid: number,
  tid: number,
  hostVirtual: bigint,
  lsb: number
): SignalDelivery['effect'] {
  const info = { signo: SIGBUS, code: BUS_MCEERR_AR, address: hostVirtual, addressLsb: lsb }
  return sendSignal(k, pid, tid, info, { forced: false, origin: 'kvm_send_hwpoison_signal' })
}
