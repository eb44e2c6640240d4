import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'

/**
 * Whether the VMM believes that its guest can read records.
 *
 * Spec: QEMU 10.0 hw/acpi/ghes.c, acpi_ghes_present (a flag set when the tables are built); QEMU 10.2, acpi_ghes_get_state
 * (guest firmware has written back an address that is not zero).
 * Fidelity: exact.
 */
export function isGhesPresent(vm: Vm): boolean {
  if (vm.sources.length === 0) return false
  return PROFILES[vm.profile].ghesPresent !== 'written-back' || (vm.ghesAddress ?? 0n) !== 0n
}
