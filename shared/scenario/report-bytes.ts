import type { Severity } from '../contracts/common.ts'
import { ERROR_DATA_ENTRY_REVISION, SECTION_FLAG } from '../formats/error-data-entry.ts'
import { encodeBlockStatus, encodeErrorStatusBlock } from '../formats/error-status-block.ts'
import { SECTION_TYPE } from '../formats/guid.ts'
import { encodeMemorySection, MEMORY_ERROR_TYPE } from '../formats/memory-section.ts'
import { SEVERITY } from '../formats/severity.ts'

/**
 * The record of a memory error as some firmware would hand it in: one memory section, with the flag "error threshold
 * exceeded" where asked for, which no RAS node of ours sets by itself.
 */
export function memoryReport(what: {
  readonly severity: Severity
  readonly threshold: boolean
  readonly physicalAddress: bigint | undefined
}): Uint8Array {
  const { severity, threshold, physicalAddress } = what
  const code = SEVERITY[severity]
  const uncorrectable = severity === 'recoverable' || severity === 'fatal'
  const payload = encodeMemorySection({
    ...(physicalAddress === undefined ? {} : { physicalAddress }),
    errorType: MEMORY_ERROR_TYPE.indexOf(uncorrectable ? 'multi-bit ECC' : 'single-bit ECC')
  })
  const entry = {
    sectionType: SECTION_TYPE.platformMemory,
    severity: code,
    revision: ERROR_DATA_ENTRY_REVISION.v3,
    flags: threshold ? SECTION_FLAG.thresholdExceeded : 0,
    payload
  }
  return encodeErrorStatusBlock({
    blockStatus: encodeBlockStatus({ uncorrectable, correctable: !uncorrectable, entryCount: 1 }),
    severity: code,
    entries: [entry]
  })
}
