import { viewOf } from './bytes.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { fieldTable, readFields, writeFields, type Validated } from './validated-fields.ts'
import { offsetsOf, type Layout } from './layout.ts'

/** Error types that EINJ can be asked for, one bit each. */
export const EINJ_ERROR_TYPE = {
  processorCorrectable: 1 << 0,
  processorUncorrectableNonFatal: 1 << 1,
  processorUncorrectableFatal: 1 << 2,
  memoryCorrectable: 1 << 3,
  memoryUncorrectableNonFatal: 1 << 4,
  memoryUncorrectableFatal: 1 << 5,
  pcieCorrectable: 1 << 6,
  pcieUncorrectableNonFatal: 1 << 7,
  pcieUncorrectableFatal: 1 << 8,
  platformCorrectable: 1 << 9,
  platformUncorrectableNonFatal: 1 << 10,
  platformUncorrectableFatal: 1 << 11,
  cxlCacheCorrectable: 1 << 12,
  cxlCacheUncorrectableNonFatal: 1 << 13,
  cxlCacheUncorrectableFatal: 1 << 14,
  cxlMemCorrectable: 1 << 15,
  cxlMemUncorrectableNonFatal: 1 << 16,
  cxlMemUncorrectableFatal: 1 << 17,
  vendorDefined: 2 ** 31
} as const

/** Bit of GET_ERROR_TYPE: the platform has EINJv2, whose types another action tells. */
export const EINJ_V2_SUPPORTED = 2 ** 30

/** Flags of SET_ERROR_TYPE_WITH_ADDRESS: which of the other fields are valid; `v2`: the extension of EINJv2 is. */
export const EINJ_FLAG = { cpuId: 1 << 0, memoryAddressAndMask: 1 << 1, pcieSbdf: 1 << 2, v2: 1 << 3 } as const

/** Injection actions. */
export const EINJ_ACTION = {
  beginOperation: 0,
  getTriggerTable: 1,
  setErrorType: 2,
  getErrorType: 3,
  endOperation: 4,
  executeOperation: 5,
  checkBusyStatus: 6,
  getCommandStatus: 7,
  setErrorTypeWithAddress: 8,
  getExecuteTimings: 9,
  triggerError: 0xff
} as const

export const EINJ_COMMAND_STATUS = { success: 0, failure: 1, invalidAccess: 2 } as const

export const SET_ERROR_TYPE_SIZE = 36
/** The members that no flag is about. */
export const SET_ERROR_TYPE_LAYOUT = {
  type: [0, 'u32'],
  vendorExtensionOffset: [4, 'u32'],
  flags: [8, 'u32']
} as const satisfies Layout
const OFFSET = offsetsOf(SET_ERROR_TYPE_LAYOUT)
/** Name, offset, type, bit of the flags. */
export const SET_ERROR_TYPE_FIELDS = fieldTable(
  SET_ERROR_TYPE_SIZE,
  [[OFFSET.type, 12]],
  [
    ['apicId', 12, 'u32', 0],
    ['memoryAddress', 16, 'u64', 1],
    ['memoryAddressMask', 24, 'u64', 1],
    ['pcieSbdf', 32, 'u32', 2]
  ]
)

/**
 * Data of SET_ERROR_TYPE_WITH_ADDRESS. The flags are the validation bits of the other fields.
 *
 * Spec: ACPI 6.5, 18.6.4 (SET_ERROR_TYPE_WITH_ADDRESS data structure).
 * Fidelity: omits what later revisions append (EINJv2).
 */
export type SetErrorType = Validated<(typeof SET_ERROR_TYPE_FIELDS)['rows']> & {
  /** Bits of `EINJ_ERROR_TYPE`. */
  readonly type: number
  readonly vendorExtensionOffset: number
}

/** Throws FormatError when there are fewer than 36 bytes. */
export function decodeSetErrorType(bytes: Uint8Array): SetErrorType {
  requireBytes(bytes, 0, SET_ERROR_TYPE_SIZE, 'the data of SET_ERROR_TYPE_WITH_ADDRESS')
  const view = viewOf(bytes)
  return {
    ...readFields(SET_ERROR_TYPE_FIELDS, view, view.getUint32(OFFSET.flags)),
    type: view.getUint32(OFFSET.type),
    vendorExtensionOffset: view.getUint32(OFFSET.vendorExtensionOffset)
  }
}

/** 36 bytes; throws FormatError when a value does not fit. */
export function encodeSetErrorType(data: SetErrorType): Uint8Array {
  requireFits(data.type, 32, OFFSET.type, 'Error Type')
  requireFits(data.vendorExtensionOffset, 32, OFFSET.vendorExtensionOffset, 'Vendor Error Type Extension')
  const bytes = new Uint8Array(SET_ERROR_TYPE_SIZE)
  const view = viewOf(bytes)
  const flags = writeFields(SET_ERROR_TYPE_FIELDS, view, data)
  requireFits(flags, 32, OFFSET.flags, 'Flags')
  view.setUint32(OFFSET.type, data.type)
  view.setUint32(OFFSET.vendorExtensionOffset, data.vendorExtensionOffset)
  view.setUint32(OFFSET.flags, Number(flags))
  return bytes
}
