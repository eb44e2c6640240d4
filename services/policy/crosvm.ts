import { diesOfSigbus, onUnknownExit } from './dies-of-sigbus.ts'
import type { Policy } from './rule.ts'

/**
 * What crosvm does by itself.
 *
 * Spec: crosvm 2026-08, hypervisor/src/kvm/mod.rs, run.
 * Fidelity: exact for the choice.
 */
export const crosvm: Policy = {
  summary: 'no SIGBUS handler: what the guest touches kills the VMM',
  rules: [...diesOfSigbus('crosvm'), onUnknownExit('kill-vmm', 'crosvm: an unknown exit reason is a panic')]
}
