import { EINVAL, ENXIO } from '../kernel/errno.ts'
import { failure, SUCCESS, type IoctlResult } from './ioctl.ts'
import type { VmState } from './vm.ts'

/** SPIs of a GIC. */
const FIRST_SPI = 32
const LAST_SPI = 1019

/**
 * KVM_IRQ_LINE for an SPI of the in-kernel GIC. `raised`: the line has just gone high, so an edge or level interrupt is
 * now pending. Errors: ENXIO without an in-kernel GIC, EINVAL for what is not an SPI.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/arm.c, kvm_vm_ioctl_irq_line; arch/arm64/kvm/vgic/vgic.c, kvm_vgic_inject_irq.
 * Fidelity: approximates; the line's level only. Enables, priorities and list registers of the GIC are omitted.
 */
export function setIrqLine(
  vm: VmState,
  intid: number,
  level: boolean
): { readonly vm: VmState; readonly result: IoctlResult; readonly raised: boolean } {
  if (vm.irqLines === undefined) return { vm, result: failure(ENXIO), raised: false }
  if (intid < FIRST_SPI || intid > LAST_SPI) return { vm, result: failure(EINVAL), raised: false }
  const lines = new Set(vm.irqLines)
  const raised = level && !lines.has(intid)
  if (level) lines.add(intid)
  else lines.delete(intid)
  return { vm: { ...vm, irqLines: lines }, result: SUCCESS, raised }
}
