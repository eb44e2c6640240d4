import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { GUID_SIZE, guidAt, writeGuid } from './guid.ts'

/** Bytes of the section, and of the form before it had a GUID. */
export const FIRMWARE_RECORD_REFERENCE_SIZE = 32
export const FIRMWARE_RECORD_REFERENCE_OLD_SIZE = 16

const OFFSET = { type: 0, revision: 1, recordId: 8, recordGuid: 16 } as const

export const FIRMWARE_RECORD_TYPE = ['IPF SAL', 'SoC type 1', 'SoC type 2'] as const

/**
 * Firmware Error Record Reference: says where firmware keeps the real record.
 *
 * Spec: UEFI 2.10, N.2.10.
 * Fidelity: exact; what follows the 32 bytes (SoC data) is kept as it is.
 */
export interface FirmwareRecordReference {
  readonly type: number
  readonly revision: number
  readonly recordId: bigint
  /** Absent in the 16-byte form. */
  readonly recordGuid?: string
  readonly data?: Uint8Array
}

/** Throws FormatError when there are fewer than 16 bytes, or between 16 and 32. */
export function decodeFirmwareRecordReference(bytes: Uint8Array): FirmwareRecordReference {
  requireBytes(bytes, 0, FIRMWARE_RECORD_REFERENCE_OLD_SIZE, 'a firmware error record reference')
  const view = viewOf(bytes)
  const common = {
    type: view.getUint8(OFFSET.type),
    revision: view.getUint8(OFFSET.revision),
    recordId: view.getBigUint64(OFFSET.recordId)
  }
  if (bytes.length === FIRMWARE_RECORD_REFERENCE_OLD_SIZE) return common
  requireBytes(bytes, OFFSET.recordGuid, GUID_SIZE, 'Record GUID')
  const recordGuid = guidAt(bytes, OFFSET.recordGuid)
  const data = bytes.subarray(FIRMWARE_RECORD_REFERENCE_SIZE)
  return data.length === 0 ? { ...common, recordGuid } : { ...common, recordGuid, data }
}

/** 32 bytes and the data, or 16 without a GUID; throws FormatError when a value does not fit. */
export function encodeFirmwareRecordReference(reference: FirmwareRecordReference): Uint8Array {
  const { type, revision, recordId, recordGuid, data } = reference
  if (data !== undefined && recordGuid === undefined) {
    throw new FormatError('the 16-byte form has no data', FIRMWARE_RECORD_REFERENCE_OLD_SIZE)
  }
  requireFits(type, 8, OFFSET.type, 'Type')
  requireFits(revision, 8, OFFSET.revision, 'Revision')
  requireFits(recordId, 64, OFFSET.recordId, 'Record Identifier')
  const size = recordGuid === undefined ? FIRMWARE_RECORD_REFERENCE_OLD_SIZE : FIRMWARE_RECORD_REFERENCE_SIZE
  const bytes = new Uint8Array(size + (data?.length ?? 0))
  const view = viewOf(bytes)
  view.setUint8(OFFSET.type, type)
  view.setUint8(OFFSET.revision, revision)
  view.setBigUint64(OFFSET.recordId, recordId)
  if (recordGuid !== undefined) writeGuid(bytes, OFFSET.recordGuid, recordGuid)
  if (data !== undefined) bytes.set(data, FIRMWARE_RECORD_REFERENCE_SIZE)
  return bytes
}
