import { severityName } from '../../formats/severity.ts'

/** Severities of the GHES driver, in rising order. */
export const GHES_SEV = { no: 0, corrected: 1, recoverable: 2, panic: 3 } as const
export type GhesSeverity = (typeof GHES_SEV)[keyof typeof GHES_SEV]

/** By CPER severity code. */
const BY_CPER_SEVERITY: readonly GhesSeverity[] = [
  GHES_SEV.recoverable,
  GHES_SEV.panic,
  GHES_SEV.corrected,
  GHES_SEV.no
]

/**
 * ghes_severity(): severity of a block or of a section; they are mapped independently, and what is not known panics.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_severity.
 * Fidelity: exact.
 */
export function ghesSeverity(cperSeverity: number): GhesSeverity {
  return BY_CPER_SEVERITY[cperSeverity] ?? GHES_SEV.panic
}

/**
 * cper_severity_str(), of the low half of the word as the printing functions take it.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_severity_str.
 * Fidelity: exact.
 */
export function cperSeverityString(cperSeverity: number): string {
  const name = severityName(cperSeverity & 0xffff)
  return name === 'none' ? 'info' : (name ?? 'unknown')
}

/** Names by severity code, and the code that stands for those without a name. */
export const CPER_SEVERITY_NAMES = [0, 1, 2, 3].map(cperSeverityString)
export const UNNAMED_SEVERITY = CPER_SEVERITY_NAMES.length

/** Whether a block of this severity ends in a panic: only the block counts, a fatal section in it does not. */
export function estatusIsFatal(cperSeverity: number): boolean {
  return ghesSeverity(cperSeverity) >= GHES_SEV.panic
}
