import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { GUID_SIZE, guidAt, writeGuid } from './guid.ts'
import { keptAt, unsaid, writeKept, type Kept } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

/** Bytes of the section, and of what every revision has. */
export const FIRMWARE_RECORD_REFERENCE_SIZE = 32
export const FIRMWARE_RECORD_REFERENCE_OLD_SIZE = 16

export const FIRMWARE_RECORD_REFERENCE_LAYOUT = {
  type: [0, 'u8'],
  revision: [1, 'u8'],
  recordId: [8, 'u64'],
  recordGuid: [16, 'guid']
} as const satisfies Layout
const OFFSET = offsetsOf(FIRMWARE_RECORD_REFERENCE_LAYOUT)
/** Bytes 2 to 7. */
const UNSAID = unsaid(FIRMWARE_RECORD_REFERENCE_OLD_SIZE, [
  [OFFSET.type, 2],
  [OFFSET.recordId, 8]
])
/** The header revision that brought the GUID. */
const REVISION_WITH_GUID = 1

export const FIRMWARE_RECORD_TYPE = ['IPF SAL', 'SoC type 1', 'SoC type 2'] as const

/**
 * Firmware Error Record Reference: says where firmware keeps the real record. Before revision 1 there is no GUID and the
 * data begin at byte 16; from then on the identifier is the GUID, and `recordId` is ignored.
 *
 * Spec: UEFI 2.10, N.2.10; Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_fw_err (where the data begin).
 * Fidelity: exact; a section of revision 1 or later that ends at byte 16 is taken too, as Linux takes it.
 */
export interface FirmwareRecordReference {
  readonly type: number
  readonly revision: number
  readonly recordId: bigint
  /** Absent in revision 0, and where the section ends before it. */
  readonly recordGuid?: string
  /** What follows the fields: the SoC's own record. */
  readonly data?: Uint8Array
  /** Reserved bytes. */
  readonly kept?: readonly Kept[]
}

/** Throws FormatError when there are fewer than 16 bytes, or from revision 1 on between 16 and 32. */
export function decodeFirmwareRecordReference(bytes: Uint8Array): FirmwareRecordReference {
  requireBytes(bytes, 0, FIRMWARE_RECORD_REFERENCE_OLD_SIZE, 'a firmware error record reference')
  const view = viewOf(bytes)
  const revision = view.getUint8(OFFSET.revision)
  const hasGuid = revision >= REVISION_WITH_GUID && bytes.length > FIRMWARE_RECORD_REFERENCE_OLD_SIZE
  if (hasGuid) requireBytes(bytes, OFFSET.recordGuid, GUID_SIZE, 'Record GUID')
  const data = bytes.subarray(hasGuid ? FIRMWARE_RECORD_REFERENCE_SIZE : FIRMWARE_RECORD_REFERENCE_OLD_SIZE)
  const kept = keptAt(bytes, 0, UNSAID)
  return {
    type: view.getUint8(OFFSET.type),
    revision,
    recordId: view.getBigUint64(OFFSET.recordId),
    ...(hasGuid ? { recordGuid: guidAt(bytes, OFFSET.recordGuid) } : {}),
    ...(data.length === 0 ? {} : { data }),
    ...(kept === undefined ? {} : { kept })
  }
}

/** Throws FormatError when a value does not fit, and when the revision has no GUID, or has one that is not given. */
export function encodeFirmwareRecordReference(reference: FirmwareRecordReference): Uint8Array {
  const { type, revision, recordId, recordGuid, data, kept } = reference
  requireFits(type, 8, OFFSET.type, 'Type')
  requireFits(revision, 8, OFFSET.revision, 'Revision')
  requireFits(recordId, 64, OFFSET.recordId, 'Record Identifier')
  if (recordGuid !== undefined && revision < REVISION_WITH_GUID) {
    throw new FormatError('a record GUID needs revision 1 or later', OFFSET.recordGuid, `revision ${revision}`)
  }
  if (recordGuid === undefined && data !== undefined && revision >= REVISION_WITH_GUID) {
    throw new FormatError('from revision 1 on, data follow a record GUID', OFFSET.recordGuid)
  }
  const size = recordGuid === undefined ? FIRMWARE_RECORD_REFERENCE_OLD_SIZE : FIRMWARE_RECORD_REFERENCE_SIZE
  const bytes = new Uint8Array(size + (data?.length ?? 0))
  const view = viewOf(bytes)
  writeKept(bytes, 0, size, kept)
  view.setUint8(OFFSET.type, type)
  view.setUint8(OFFSET.revision, revision)
  view.setBigUint64(OFFSET.recordId, recordId)
  if (recordGuid !== undefined) writeGuid(bytes, OFFSET.recordGuid, recordGuid)
  if (data !== undefined) bytes.set(data, size)
  return bytes
}
