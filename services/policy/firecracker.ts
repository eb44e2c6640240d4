import { onUnknownExit } from './dies-of-sigbus.ts'
import type { Policy, Rule } from './rule.ts'

/** AO or AR, guest or not: the handler does not look. */
const everySigbus: Rule = ({ signal }) =>
  signal.code === 'KVM_EXIT_ARM_SEA'
    ? undefined
    : { action: 'kill-vmm', because: `the handler counts the SIGBUS (${signal.code}), flushes, and calls _exit(149)` }

/**
 * What firecracker does by itself.
 *
 * Spec: firecracker 2026-08, src/vmm/src/signal_handler.rs; src/vmm/src/lib.rs, FcExitCode::SIGBUS.
 * Fidelity: exact for the choice; the exit code is the VMM's.
 */
export const firecracker: Policy = {
  summary: 'every SIGBUS is exit code 149',
  rules: [everySigbus, onUnknownExit('stop-vm', 'firecracker does not know KVM_EXIT_ARM_SEA and ends the VM')]
}
