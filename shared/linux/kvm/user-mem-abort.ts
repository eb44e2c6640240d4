import { hex } from '../../formats/hex.ts'
import type { Abort } from '../../formats/esr-abort.ts'
import { EFAULT } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'
import { isSigbusQueued } from '../kernel/signal.ts'
import { failedExit, INTERRUPTED, RESUME, type Next } from './exit.ts'
import { hvaToPfn } from './hva-to-pfn.ts'
import { ESR_ELX_FSC_PERM, faultType, isWriteFault } from './kvm-emulate.ts'
import { sendHwpoisonSignal } from './send-hwpoison-signal.ts'
import { vmaShift } from './vma-shift.ts'
import type { MemorySlot, VmState } from './vm.ts'

export interface MemoryFault {
  readonly abort: Abort
  readonly instruction: boolean
  readonly tid: number
  /** Page of the IPA. */
  readonly guestPhysical: bigint
  /** Page of the HVA that backs it. */
  readonly hostVirtual: bigint
}

/**
 * user_mem_abort(): makes the page that backs an IPA visible in stage 2, or sends SIGBUS BUS_MCEERR_AR to the vCPU's
 * thread when it is poisoned. The handler reports success either way; the signal then ends KVM_RUN with EINTR, unless
 * nothing takes it: then the guest is resumed and faults again, forever.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/mmu.c, user_mem_abort; kernel/entry/kvm.c, xfer_to_guest_mode_work.
 * Fidelity: approximates; every mapping is one base page, and a race with an MMU notifier is not modelled.
 */
export function userMemAbort(k: Kernel, vm: VmState, slot: MemorySlot, fault: MemoryFault): Next {
  const { abort, instruction, guestPhysical, hostVirtual } = fault
  const write = isWriteFault(abort, instruction)
  if (faultType(abort) === ESR_ELX_FSC_PERM && !write && !instruction) {
    printk(k, 'kvm: Unexpected L2 read permission error')
    return failedExit(EFAULT)
  }
  const found = hvaToPfn(k, vm.pid, hostVirtual)
  switch (found.kind) {
    case 'error':
      printk(k, `kvm: Failed to find VMA for hva ${hex(hostVirtual)}`)
      return failedExit(EFAULT)
    case 'hwpoison':
      return afterSignal(
        isSigbusQueued(k, fault.tid),
        sendHwpoisonSignal(k, vm.pid, fault.tid, hostVirtual, vmaShift(k, slot, found.vma, hostVirtual))
      )
    case 'pfn': {
      const length = BigInt(k.options.pageSize)
      // A page that was only read is mapped read-only at first; the write faults again for permission.
      return { kind: 'resume', map: { guestPhysical, hostPhysical: found.hostPhysical, length, writable: write } }
    }
  }
}

function afterSignal(queued: boolean, effect: ReturnType<typeof sendHwpoisonSignal>): Next {
  // Another one is queued already: this one is gone, and that one ends KVM_RUN.
  if (queued) return { kind: 'exit', exit: INTERRUPTED }
  switch (effect) {
    case 'handler':
    case 'killed':
      return { kind: 'exit', exit: INTERRUPTED }
    case 'pending':
    case 'lost':
      return { kind: 'stuck', because: 'SIGBUS is blocked in the vCPU thread' }
    case 'ignored':
      return { kind: 'stuck', because: 'SIGBUS is ignored by the VMM' }
    default:
      return RESUME
  }
}
