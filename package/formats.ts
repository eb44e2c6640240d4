/**
 * `import … from 'seabus/formats'`: bytes to values and back, without loss where a decoder says so, and where in the bytes each
 * field lies. 64-bit values are `bigint`, bytes `Uint8Array`. Bytes that break a rule of their format throw FormatError, which
 * has the offset.
 */
import './older-node.ts'

export { FormatError, type Fault } from '../shared/formats/format-error.ts'
export { hex } from '../shared/formats/hex.ts'

// Any of them: what a field is called, where it lies, what it says.
export { FIELD_KINDS, fieldsOf, titleOf, type FieldKind } from '../shared/formats/fields/fields-of.ts'
export {
  fieldsWithin,
  leavesOf,
  pathTo,
  type Field,
  type FieldMap,
  type FieldRole,
  type FieldValue
} from '../shared/formats/fields/field.ts'
export { memoryKind } from '../shared/formats/fields/memory-kind.ts'

// UEFI: CPER
export {
  CPER_FLAG,
  cperRecordLength,
  decodeCperRecord,
  encodeCperRecord,
  isCperRecord,
  type CperRecord
} from '../shared/formats/cper-record.ts'
export type { CperSection } from '../shared/formats/cper-section.ts'
export { cperRecordToStatusBlock, detectContainer, statusBlockOf, type Container } from '../shared/formats/container.ts'
export {
  decodeSection,
  encodeSection,
  readSection,
  sectionKind,
  type FaultySection,
  type KnownSection,
  type Section,
  type SectionKind,
  type UnknownSection
} from '../shared/formats/sections.ts'
export { SECTION_TYPE_NAME } from '../shared/formats/section-names.ts'
export { decodeGuid, encodeGuid, NOTIFICATION_TYPE, SECTION_TYPE } from '../shared/formats/guid.ts'
export { SEVERITY, severityName, type SeverityName } from '../shared/formats/severity.ts'
export { decodeTimestamp, encodeTimestamp, type Timestamp } from '../shared/formats/timestamp.ts'
export {
  decodeMemorySection,
  encodeMemorySection,
  MEMORY_ERROR_TYPE,
  type MemorySection
} from '../shared/formats/memory-section.ts'
export { decodeMemorySection2, encodeMemorySection2, type MemorySection2 } from '../shared/formats/memory-section-2.ts'
export { decodePcieSection, encodePcieSection, type PcieSection } from '../shared/formats/pcie-section.ts'
export {
  decodeProcessorGenericSection,
  encodeProcessorGenericSection,
  type ProcessorGenericSection
} from '../shared/formats/processor-generic-section.ts'
export {
  decodeArmProcessorHeader,
  decodeArmProcessorSection,
  encodeArmProcessorHeader,
  encodeArmProcessorSection,
  type ArmProcessorHeader,
  type ArmProcessorSection
} from '../shared/formats/arm-processor-section.ts'
export {
  decodeArmBusInformation,
  decodeArmCacheInformation,
  encodeArmBusInformation,
  encodeArmCacheInformation,
  type ArmBusInformation,
  type ArmCacheInformation
} from '../shared/formats/arm-error-information.ts'
export {
  ARM_ERROR_TYPE,
  armErrorKinds,
  type ArmErrorInfo,
  type ArmErrorKind
} from '../shared/formats/arm-error-info.ts'
export type { ArmContext } from '../shared/formats/arm-context.ts'
export {
  decodeFirmwareRecordReference,
  encodeFirmwareRecordReference,
  type FirmwareRecordReference
} from '../shared/formats/firmware-record-reference.ts'

// ACPI: status blocks, HEST, BERT, EINJ
export {
  decodeBlockStatus,
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  encodeBlockStatus,
  encodeErrorStatusBlock,
  errorDataEntries,
  errorStatusLength,
  type BlockStatusBits,
  type ErrorStatusBlock,
  type ErrorStatusHeader,
  type PlacedEntry
} from '../shared/formats/error-status-block.ts'
export { ERROR_DATA_ENTRY_REVISION, SECTION_FLAG, type ErrorDataEntry } from '../shared/formats/error-data-entry.ts'
export {
  decodeGenericErrorStatus,
  encodeGenericErrorStatus,
  type GenericErrorStatus
} from '../shared/formats/generic-error-status.ts'
export { decodeGenericAddress, encodeGenericAddress, type GenericAddress } from '../shared/formats/generic-address.ts'
export {
  decodeHest,
  encodeHest,
  ghesSources,
  isGhes,
  type Hest,
  type HestSource,
  type OpaqueSource
} from '../shared/formats/hest.ts'
export type { GhesSource, ReadAck } from '../shared/formats/ghes-source.ts'
export { NOTIFY, NOTIFY_NAME, type HestNotification } from '../shared/formats/hest-notification.ts'
export { decodeAcpiHeader, type AcpiHeader } from '../shared/formats/acpi-table.ts'
export { encodeBert, type Bert } from '../shared/formats/bert.ts'
export { decodeSetErrorType, EINJ_ERROR_TYPE, encodeSetErrorType, type SetErrorType } from '../shared/formats/einj.ts'

// Arm: syndromes and error records
export { decodeEsr, EC, encodeEsr, isDataAbort, isInstructionAbort, type Esr } from '../shared/formats/esr.ts'
export {
  decodeAbort,
  encodeDataAbort,
  encodeInstructionAbort,
  FSC_NAME,
  type Abort,
  type AbortFields,
  type AccessSyndrome
} from '../shared/formats/esr-abort.ts'
export { decodeSError, encodeSError, type SError, type SErrorFields } from '../shared/formats/esr-serror.ts'
export { decodeErrStatus, encodeErrStatus, type ErrStatus } from '../shared/formats/err-record.ts'

// Linux: what user space reads
export {
  BUS_MCEERR_AO,
  BUS_MCEERR_AR,
  decodeSiginfo,
  encodeSiginfo,
  hasAddress,
  hasAddressLsb,
  SIGBUS,
  SIGBUS_CODE_NAME,
  type Siginfo
} from '../shared/formats/siginfo.ts'
export { decodeKvmVcpuEvents, encodeKvmVcpuEvents, type KvmVcpuEvents } from '../shared/formats/kvm-vcpu-events.ts'
export {
  decodeKvmRunArmSea,
  encodeKvmRunArmSea,
  KVM_EXIT_ARM_SEA_FLAG_GPA_VALID,
  type KvmRunArmSea
} from '../shared/formats/kvm-run-arm-sea.ts'
