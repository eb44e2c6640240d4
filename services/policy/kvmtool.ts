import { diesOfSigbus, onUnknownExit } from './dies-of-sigbus.ts'
import type { Policy } from './rule.ts'

/**
 * What kvmtool does by itself.
 *
 * Spec: kvmtool 2024-08, kvm-cpu.c, kvm_cpu__start, kvm_cpu__handle_exit.
 * Fidelity: exact for the choice.
 */
export const kvmtool: Policy = {
  summary: 'no SIGBUS handler: what the guest touches kills the VMM',
  rules: [
    ...diesOfSigbus('kvmtool'),
    onUnknownExit(
      'stop-vm',
      'kvmtool: kvm_cpu__handle_exit does not know the exit reason: the VM loop ends with an error'
    )
  ]
}
