import type { KernelConfig } from '../../contracts/kernel-config.ts'
import type { Options } from './state.ts'

/** The option behind each name of a .config. */
const OPTION = {
  ACPI_APEI_SEA: 'apeiSea',
  ARM_SDE_INTERFACE: 'sdeInterface',
  MEMORY_FAILURE: 'memoryFailure',
  EDAC_GHES: 'edacGhes'
} as const satisfies Record<keyof KernelConfig, keyof Options>

/** A .config as options of the kernel; what it does not name keeps its default. */
export function optionsOf(config: KernelConfig = {}): Partial<Options> {
  return Object.fromEntries(Object.entries(config).map(([name, isSet]) => [OPTION[name as keyof KernelConfig], isSet]))
}
