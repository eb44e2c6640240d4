import { NOT_THE_GUEST } from './not-the-guest.ts'
import {
  hasSource,
  isActionOptional,
  isActionRequired,
  isSeaExit,
  readySource,
  type Policy,
  type Rule
} from './rule.ts'

/** Listed, and nothing else: no record, no interrupt, no message. */
const optional: Rule = (question) =>
  isActionOptional(question)
    ? { action: 'ignore', because: 'QEMU lists the page and tells an arm64 guest nothing before it touches it' }
    : undefined

const noGhes: Rule = (question) =>
  isActionRequired(question) && !hasSource(question, 'SEA')
    ? { action: 'kill-vmm', because: 'Hardware memory error! RAS is off or guest firmware has not run: QEMU exits' }
    : undefined

/** One block and one acknowledgement for all vCPUs. */
const unacknowledged: Rule = (question) =>
  isActionRequired(question) && readySource(question, ['SEA']) === undefined
    ? { action: 'kill-vmm', because: 'OSPM does not acknowledge the previous error, and QEMU does not wait' }
    : undefined

const required: Rule = (question) =>
  isActionRequired(question)
    ? { action: 'inject-sea', record: true, because: 'QEMU records the page and enters a data abort on this vCPU' }
    : undefined

const unhandledExit: Rule = (question) =>
  isSeaExit(question)
    ? { action: 'stop-vm', because: 'QEMU has the constants of KVM_EXIT_ARM_SEA but no handler for it' }
    : undefined

/**
 * What QEMU's `virt` does by itself.
 *
 * Spec: QEMU 10.0 and 10.2, target/arm/kvm.c, kvm_arch_on_sigbus_vcpu; hw/acpi/ghes.c, ghes_record_cper_errors.
 * Fidelity: exact for the choice; how QEMU then dies depends on its version and is the VMM's.
 */
export const qemu: Policy = {
  summary: 'action optional is ignored, action required is a record and an SEA; an unacknowledged record ends the VMM',
  rules: [...NOT_THE_GUEST, optional, noGhes, unacknowledged, required, unhandledExit]
}
