/**
 * Severity codes of status blocks, data entries, CPER records and section descriptors. The numeric order is not by
 * seriousness. Code 3 is "none" in ACPI and "informational" in UEFI.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.1.
 * Fidelity: exact.
 */
export const SEVERITY = { recoverable: 0, fatal: 1, corrected: 2, none: 3 } as const

export type SeverityName = keyof typeof SEVERITY

const NAMES: readonly SeverityName[] = ['recoverable', 'fatal', 'corrected', 'none']

/** The name of a severity code, undefined when the code is reserved. */
export function severityName(code: number): SeverityName | undefined {
  return NAMES[code]
}
