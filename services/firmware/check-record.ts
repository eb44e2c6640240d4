import { detectContainer, cperRecordToStatusBlock } from '../../shared/formats/container.ts'
import { cperRecordLength, decodeCperRecord } from '../../shared/formats/cper-record.ts'
import {
  decodeBlockStatus,
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  encodeErrorStatusBlock,
  errorStatusLength,
  type ErrorStatusBlock
} from '../../shared/formats/error-status-block.ts'
import { FormatError, type Fault } from '../../shared/formats/format-error.ts'
import { sectionRemarks } from '../../shared/formats/section-remarks.ts'
import { readSection } from '../../shared/formats/sections.ts'
import { severityName } from '../../shared/formats/severity.ts'

export interface Checked {
  /** The status block to publish. */
  readonly block: Uint8Array
  /** Rules that the record breaks and that its reader, the OS, does not ask for. Offsets are of the record as it came. */
  readonly remarks: readonly Fault[]
}

/**
 * Whether an OS would find a record in these bytes: it refuses a block without a status, or whose lengths contradict each
 * other, and asks for nothing else before it looks into a section. Throws FormatError for the first rule that an OS would
 * refuse it for.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, __ghes_peek_estatus and __ghes_check_estatus; drivers/firmware/efi/cper.c,
 * cper_estatus_check; UEFI 2.10, N.2 (records).
 * Fidelity: approximates: bytes that the lengths claim must be there, though an OS would read what the block held before.
 */
export function checkRecord(bytes: Uint8Array): Checked {
  return detectContainer(bytes) === 'cper-record' ? checkCperRecord(bytes) : checkStatusBlock(bytes)
}

function checkStatusBlock(bytes: Uint8Array): Checked {
  const block = decodeErrorStatusBlock(bytes)
  if (block.blockStatus === 0) throw new FormatError('a Block Status of 0 means that there is no record', 0)
  const { entryCount } = decodeBlockStatus(block.blockStatus)
  const length = errorStatusLength(decodeErrorStatusHeader(bytes))
  return {
    block: bytes,
    remarks: [
      ...remark(entryCount === 0 || entryCount === block.entries.length, {
        offset: 0,
        rule: 'Error Data Entry Count is 0 or the number of entries',
        found: `${entryCount}`
      }),
      ...severityRemark(block.severity, 16),
      ...sectionsRemarks(block, bytes),
      ...remark(length === bytes.length, {
        offset: length,
        rule: 'the record ends where its lengths say',
        found: `${bytes.length - length} more bytes`
      })
    ]
  }
}

function checkCperRecord(bytes: Uint8Array): Checked {
  const block = cperRecordToStatusBlock(decodeCperRecord(bytes))
  const length = cperRecordLength(bytes)
  return {
    block: encodeErrorStatusBlock(block),
    remarks: [
      ...severityRemark(block.severity, 12),
      ...sectionsRemarks(block, bytes),
      ...remark(length === bytes.length, {
        offset: length,
        rule: 'the record ends where Record Length says',
        found: `${bytes.length - length} more bytes, which are not published`
      })
    ]
  }
}

function remark(holds: boolean, fault: Fault): readonly Fault[] {
  return holds ? [] : [fault]
}

function severityRemark(severity: number, offset: number): readonly Fault[] {
  const rule = 'Error Severity is 0 to 3'
  return remark(severityName(severity) !== undefined, { offset, rule, found: `${severity}` })
}

/** Every payload is a part of the bytes that it came in. */
function sectionsRemarks({ entries }: ErrorStatusBlock, bytes: Uint8Array): readonly Fault[] {
  return entries.flatMap(({ sectionType, payload }) => {
    const at = payload.byteOffset - bytes.byteOffset
    return sectionRemarks(readSection(sectionType, payload)).map(({ offset, rule, ...found }) => ({
      offset: at + offset,
      rule: `${rule} (section ${sectionType})`,
      ...found
    }))
  })
}
