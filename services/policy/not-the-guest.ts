import { isActionOptional, isActionRequired, type Rule } from './rule.ts'

/**
 * What every built-in policy does before it thinks of the guest: errors that are not the guest's to know.
 *
 * Spec: QEMU 10.0 target/arm/kvm.c, kvm_arch_on_sigbus_vcpu (memory of its own: AO is survived, AR is the end).
 * Fidelity: approximates. QEMU exits by itself on AR; here the policy says so.
 */
export const NOT_THE_GUEST: readonly Rule[] = [
  (question) =>
    question.guest.inRam || !isActionOptional(question)
      ? undefined
      : { action: 'ignore', because: "the damaged memory is the VMM's own and nobody has touched it yet" },
  (question) =>
    question.guest.inRam || !isActionRequired(question)
      ? undefined
      : { action: 'kill-vmm', because: 'the VMM has consumed damaged memory of its own and cannot go on' },
  (question) =>
    question.vcpu !== undefined || !isActionRequired(question)
      ? undefined
      : {
          action: 'kill-vmm',
          because: 'a thread of the VMM that runs no vCPU has consumed damaged guest memory; no guest access failed'
        },
  ({ signal }) =>
    signal.code !== 'other'
      ? undefined
      : { action: 'kill-vmm', because: 'the signal is no memory error report, so its default action stands' }
]
