import { ARM_CONTEXT_TYPE } from '../../shared/formats/arm-context.ts'
import { armContextRegisters } from '../../shared/formats/arm-context-registers.ts'
import { armErrorKinds, ARM_ERROR_FLAG, type ArmErrorInfo } from '../../shared/formats/arm-error-info.ts'
import {
  decodeArmBusInformation,
  decodeArmCacheInformation,
  type ArmBusInformation
} from '../../shared/formats/arm-error-information.ts'
import type { ArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import type { FirmwareRecordReference } from '../../shared/formats/firmware-record-reference.ts'
import { decodeGenericErrorStatus } from '../../shared/formats/generic-error-status.ts'
import type { MemorySection2 } from '../../shared/formats/memory-section-2.ts'
import type { MemorySection } from '../../shared/formats/memory-section.ts'
import type { PcieSection } from '../../shared/formats/pcie-section.ts'
import type { ProcessorGenericSection } from '../../shared/formats/processor-generic-section.ts'
import { PROCESSOR_FLAG } from '../../shared/formats/processor-generic-section.ts'
import type { Section } from '../../shared/formats/sections.ts'
import type { Row } from './theirs.ts'

/** Where each field of a section's body is in libcper's JSON, and where libcper is known to be wrong. */

const base64 = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('base64')
const flag = (word: number | undefined, bit: number) => (word === undefined ? undefined : (word & bit) !== 0)

const errorStatus = (word: bigint | undefined): readonly Row[] => {
  const status = word === undefined ? undefined : decodeGenericErrorStatus(word)
  return [
    [status?.type, 'errorStatus.errorType.value'],
    [status?.addressSignal, 'errorStatus.addressSignal'],
    [status?.controlSignal, 'errorStatus.controlSignal'],
    [status?.dataSignal, 'errorStatus.dataSignal'],
    [status?.detectedByResponder, 'errorStatus.detectedByResponder'],
    [status?.detectedByRequestor, 'errorStatus.detectedByRequester'],
    [status?.firstError, 'errorStatus.firstError'],
    [status?.overflow, 'errorStatus.overflowDroppedLogs']
  ]
}

const BANK = 'it prints both when there is no bank, whatever their bits are'

const memory = (body: MemorySection): readonly Row[] => [
  ...errorStatus(body.errorStatus),
  [body.physicalAddress, 'physicalAddress'],
  [body.physicalAddressMask, 'physicalAddressMask'],
  [body.node, 'node'],
  [body.card, 'card'],
  [body.module, 'moduleRank'],
  [body.bank, 'bank.value'],
  [body.bankGroup, 'bank.group', BANK],
  [body.bankAddress, 'bank.address', BANK],
  [body.device, 'device'],
  [body.row, 'row'],
  [body.column, 'column'],
  [body.bitPosition, 'bitPosition'],
  [body.requestorId, 'requestorID'],
  [body.responderId, 'responderID'],
  [body.targetId, 'targetID'],
  [body.errorType, 'memoryErrorType.value'],
  [body.rank, 'rankNumber'],
  [body.cardHandle, 'cardSmbiosHandle'],
  [body.moduleHandle, 'moduleSmbiosHandle'],
  [body.chipIdentification, 'extended.chipIdentification', 'it goes by bit 18, the row extension']
]

const memory2 = (body: MemorySection2): readonly Row[] => [
  ...errorStatus(body.errorStatus),
  [body.physicalAddress, 'physicalAddress', 'it goes by bit 0, the error status'],
  [body.physicalAddressMask, 'physicalAddressMask'],
  [body.node, 'node'],
  [body.card, 'card'],
  [body.module, 'module'],
  [body.bank, 'bank.value'],
  [body.bankGroup, 'bank.group', BANK],
  [body.bankAddress, 'bank.address', BANK],
  [body.device, 'device'],
  [body.row, 'row'],
  [body.column, 'column'],
  [body.rank, 'rank'],
  [body.bitPosition, 'bitPosition'],
  [body.chipIdentification, 'chipID'],
  [body.errorType, 'memoryErrorType.value'],
  [body.status, 'status.value'],
  [body.requestorId, 'requestorID'],
  [body.responderId, 'responderID'],
  [body.targetId, 'targetID'],
  [body.cardHandle, 'cardSmbiosHandle'],
  [body.moduleHandle, 'moduleSmbiosHandle']
]

/** libcper's name of a register: with its exception level, with its number, or just the value of a system register. */
function theirRegister(type: number, name: string): string {
  const level = {
    [ARM_CONTEXT_TYPE.aarch64El1]: 1,
    [ARM_CONTEXT_TYPE.aarch64El2]: 2,
    [ARM_CONTEXT_TYPE.aarch64El3]: 3
  }[type]
  if (level !== undefined) return /_el\d$/.test(name) ? name : `${name}_el${level}`
  if (type === ARM_CONTEXT_TYPE.miscSystemRegister) return 'value'
  const numbered: Readonly<Record<string, string>> = { sp: 'r13_sp', lr: 'r14_lr', pc: 'r15_pc' }
  return type === ARM_CONTEXT_TYPE.aarch32Gpr ? (numbered[name] ?? name) : name
}

/** The word is read by libcper's own meaning of the type byte; a vendor's word is no part of the comparison. */
function armErrorInformation(error: ArmErrorInfo, path: string): readonly Row[] {
  const [kind] = armErrorKinds(error.type, 'libcper')
  const word = error.errorInformation
  if (word === undefined || kind === undefined || kind === 'micro-architectural') return []
  const read: ArmBusInformation = kind === 'bus' ? decodeArmBusInformation(word) : decodeArmCacheInformation(word)
  const common: readonly Row[] = [
    [read.transactionType, 'transactionType.value'],
    [read.operation, 'operation.value'],
    [read.level, 'level'],
    [read.processorContextCorrupt, 'processorContextCorrupt'],
    [read.corrected, 'corrected'],
    [read.precisePc, 'precisePC'],
    [read.restartablePc, 'restartablePC']
  ]
  const bus: readonly Row[] = [
    [read.participationType, 'participationType.value'],
    [read.timedOut, 'timedOut'],
    [read.addressSpace, 'addressSpace.value'],
    [read.memoryAttributes, 'memoryAttributes'],
    [read.accessMode, 'accessMode.value', 'it goes by bit 8, the time-out']
  ]
  const name = { cache: 'cacheError', TLB: 'tlbError', bus: 'busError' }[kind]
  return [...common, ...(kind === 'bus' ? bus : [])].map(([ours, at, known]): Row => {
    const where = `${path}.errorInformation.${name}.${at}`
    return known === undefined ? [ours, where] : [ours, where, known]
  })
}

const arm = (body: ArmProcessorSection, length: number): readonly Row[] => [
  [body.errors.length, 'errorInfoNum'],
  [body.contexts.length, 'contextInfoNum'],
  [length, 'sectionLength'],
  [body.affinityLevel, 'errorAffinity.value', 'it reads the byte and the three reserved ones after it as one number'],
  [body.mpidr, 'mpidrEl1'],
  [body.midr, 'midrEl1'],
  [body.psciState, 'psciState', 'it goes by the running state, not by the validation bit'],
  body.vendor === undefined
    ? [undefined, 'vendorSpecificInfo.data', 'without the validation bit it prints what follows the contexts']
    : [base64(body.vendor), 'vendorSpecificInfo.data'],
  ...body.errors.flatMap((error, i): readonly Row[] => [
    [error.type, `errorInfo.${i}.errorType.value`],
    [error.multipleError, `errorInfo.${i}.multipleError.value`],
    [flag(error.flags, ARM_ERROR_FLAG.first), `errorInfo.${i}.flags.firstErrorCaptured`],
    [flag(error.flags, ARM_ERROR_FLAG.last), `errorInfo.${i}.flags.lastErrorCaptured`],
    [flag(error.flags, ARM_ERROR_FLAG.propagated), `errorInfo.${i}.flags.propagated`],
    [flag(error.flags, ARM_ERROR_FLAG.overflow), `errorInfo.${i}.flags.overflow`],
    ...armErrorInformation(error, `errorInfo.${i}`),
    [error.virtualFaultAddress, `errorInfo.${i}.virtualFaultAddress`],
    [error.physicalFaultAddress, `errorInfo.${i}.physicalFaultAddress`]
  ]),
  ...body.contexts.flatMap((context, i): readonly Row[] => [
    [context.version, `contextInfo.${i}.version`],
    [context.type, `contextInfo.${i}.registerContextType.value`],
    [context.registers.length, `contextInfo.${i}.registerArraySize`],
    ...(armContextRegisters(context) ?? []).map(({ name, value }): Row => [
      value,
      `contextInfo.${i}.registerArray.${theirRegister(context.type, name)}`
    ])
  ])
]

const processorGeneric = (body: ProcessorGenericSection): readonly Row[] => [
  [body.processorType, 'processorType.value'],
  [body.instructionSet, 'processorISA.value'],
  [body.errorType, 'errorType.value'],
  [body.operation, 'operation.value'],
  [flag(body.flags, PROCESSOR_FLAG.restartable), 'flags.restartable'],
  [flag(body.flags, PROCESSOR_FLAG.preciseIp), 'flags.preciseIP'],
  [flag(body.flags, PROCESSOR_FLAG.overflow), 'flags.overflow'],
  [flag(body.flags, PROCESSOR_FLAG.corrected), 'flags.corrected'],
  [body.level, 'level'],
  [body.cpuVersion, 'cpuVersionInfo'],
  [body.processorId, 'processorID'],
  [body.targetAddress, 'targetAddress'],
  [body.requestorId, 'requestorID'],
  [body.responderId, 'responderID'],
  [body.instructionIp, 'instructionIP']
]

/** The value of a BCD byte, as libcper prints it; any digit counts. */
const decimal = (bcd: number | undefined) => (bcd === undefined ? undefined : (bcd >> 4) * 10 + (bcd & 0xf))

const pcie = (body: PcieSection): readonly Row[] => [
  [body.portType, 'portType.value'],
  [decimal(body.versionMinor), 'version.minor'],
  [decimal(body.versionMajor), 'version.major'],
  [body.command, 'commandStatus.commandRegister'],
  [body.status, 'commandStatus.statusRegister'],
  [body.vendorId, 'deviceID.vendorID'],
  [body.deviceId, 'deviceID.deviceID'],
  [body.classCode, 'deviceID.classCode'],
  [body.functionNumber, 'deviceID.functionNumber'],
  [body.deviceNumber, 'deviceID.deviceNumber'],
  [body.segment, 'deviceID.segmentNumber'],
  [body.bus, 'deviceID.primaryOrDeviceBusNumber'],
  [body.secondaryBus, 'deviceID.secondaryBusNumber'],
  [body.slot, 'deviceID.slotNumber'],
  [body.serialNumber, 'deviceSerialNumber'],
  [body.bridgeSecondaryStatus, 'bridgeControlStatus.secondaryStatusRegister'],
  [body.bridgeControl, 'bridgeControlStatus.controlRegister'],
  [base64(body.capability), 'capabilityStructure.data'],
  [base64(body.aer), 'aerInfo.data']
]

const firmware = (body: FirmwareRecordReference): readonly Row[] => [
  [body.type, 'errorRecordType.value'],
  [body.revision, 'revision'],
  [body.recordId, 'recordID'],
  [body.recordGuid, 'recordIDGUID']
]

/** The name of a body in libcper's JSON and its rows; undefined for a body that we keep as bytes. */
export function bodyRows(section: Section, length: number): { name: string; rows: readonly Row[] } | undefined {
  if (section.unknown) return undefined
  switch (section.kind) {
    case 'platformMemory':
      return { name: 'Memory', rows: memory(section.body) }
    case 'platformMemory2':
      return { name: 'Memory2', rows: memory2(section.body) }
    case 'processorArm':
      return { name: 'ArmProcessor', rows: arm(section.body, length) }
    case 'processorGeneric':
      return { name: 'GenericProcessor', rows: processorGeneric(section.body) }
    case 'pciExpress':
      return { name: 'Pcie', rows: pcie(section.body) }
    case 'firmwareRecordReference':
      return { name: 'Firmware', rows: firmware(section.body) }
  }
}
