import { decodeCperRecord, isCperRecord, type CperRecord } from './cper-record.ts'
import { keptBehindFruText, type CperSection } from './cper-section.ts'
import { ERROR_DATA_ENTRY_REVISION, keptInEntry, type ErrorDataEntry } from './error-data-entry.ts'
import { decodeErrorStatusBlock, encodeBlockStatus, type ErrorStatusBlock } from './error-status-block.ts'
import { requireBytes } from './format-error.ts'
import { SEVERITY } from './severity.ts'

/** Containers that files with "a CPER" hold: the UEFI record, or the ACPI block (which QEMU also calls CPER). */
export type Container = 'cper-record' | 'error-status-block'

/** By the signature; throws FormatError when there are fewer than 4 bytes. Whether the rest is in order is not checked. */
export function detectContainer(bytes: Uint8Array): Container {
  requireBytes(bytes, 0, 4, 'the start of a record')
  return isCperRecord(bytes) ? 'cper-record' : 'error-status-block'
}

/** A status block from either container; throws FormatError when it is malformed. */
export function statusBlockOf(bytes: Uint8Array): ErrorStatusBlock {
  return detectContainer(bytes) === 'cper-record'
    ? cperRecordToStatusBlock(decodeCperRecord(bytes))
    : decodeErrorStatusBlock(bytes)
}

/**
 * A UEFI CPER record as firmware would publish the same error: severities, section types, FRUs (what is not marked valid
 * too) and bodies stay, the record's time goes to every entry. Recoverable and fatal records are marked uncorrectable, all others correctable,
 * since a block without either would not be there.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.1 and N.2.2.
 * Fidelity: omits what a status block has no place for: platform, partition and creator ids, notification type, record
 * id, header flags, persistence information, descriptor flags above bit 7, a time that is not marked valid, reserved
 * bytes, and bytes between and behind the bodies. The marking is ours.
 */
export function cperRecordToStatusBlock(record: CperRecord): ErrorStatusBlock {
  const uncorrectable = record.severity === SEVERITY.recoverable || record.severity === SEVERITY.fatal
  return {
    blockStatus: encodeBlockStatus({
      uncorrectable,
      correctable: !uncorrectable,
      entryCount: record.sections.length
    }),
    severity: record.severity,
    entries: record.sections.map((section) => toEntry(section, record.timestamp))
  }
}

function toEntry(section: CperSection, timestamp: bigint | undefined): ErrorDataEntry {
  return {
    sectionType: section.sectionType,
    severity: section.severity,
    revision: ERROR_DATA_ENTRY_REVISION.v3,
    flags: section.flags & 0xff,
    ...(section.fruId === undefined ? {} : { fruId: section.fruId }),
    ...(section.fruText === undefined ? {} : { fruText: section.fruText }),
    ...(timestamp === undefined ? {} : { timestamp }),
    payload: section.body,
    ...(section.unvalidated === undefined ? {} : { unvalidated: section.unvalidated }),
    ...keptInEntry(keptBehindFruText(section))
  }
}
