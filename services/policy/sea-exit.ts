import { NOT_THE_GUEST } from './not-the-guest.ts'
import { isActionOptional, isActionRequired, isSeaExit, type Policy, type Rule } from './rule.ts'

const unclaimed: Rule = (question) =>
  isSeaExit(question)
    ? {
        action: 'inject-sea',
        record: false,
        because: 'the host did not claim the abort; the guest gets the one it ran into, without a record'
      }
    : undefined

const required: Rule = (question) =>
  isActionRequired(question)
    ? { action: 'inject-sea', record: false, because: 'the page is gone; a plain abort describes the access' }
    : undefined

const optional: Rule = (question) =>
  isActionOptional(question)
    ? { action: 'ignore', because: 'nobody has touched the page yet, and this VMM keeps no error source' }
    : undefined

/**
 * What the documentation of KVM_EXIT_ARM_SEA recommends: an SEA for an SEA, without a record.
 *
 * Spec: Linux 7.3.4, Documentation/virt/kvm/api.rst, KVM_EXIT_ARM_SEA; tools/testing/selftests/kvm/arm64/sea_to_user.c.
 * Fidelity: exact for the exit; what such a VMM does with SIGBUS is ours.
 */
export const seaExit: Policy = {
  summary: 'an abort that the host left to the VMM goes on to the guest, without a record',
  rules: [unclaimed, ...NOT_THE_GUEST, required, optional]
}
