import { diesOfSigbus, onUnknownExit } from './dies-of-sigbus.ts'
import type { Policy } from './rule.ts'

/**
 * What cloud-hypervisor does by itself.
 *
 * Spec: cloud-hypervisor 2026-08, vmm/src/lib.rs; hypervisor/src/kvm/mod.rs, run.
 * Fidelity: exact for the choice.
 */
export const cloudHypervisor: Policy = {
  summary: 'no SIGBUS handler: what the guest touches kills the VMM',
  rules: [
    ...diesOfSigbus('cloud-hypervisor'),
    onUnknownExit('stop-vm', 'cloud-hypervisor: an unknown exit reason ends the VM')
  ]
}
