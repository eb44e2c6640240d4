import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { armContextRegisters } from '../../shared/formats/arm-context-registers.ts'
import { decodeArmCacheInformation } from '../../shared/formats/arm-error-information.ts'
import { decodeCperRecord, encodeCperRecord } from '../../shared/formats/cper-record.ts'
import type { CperSection } from '../../shared/formats/cper-section.ts'
import { SECTION_FLAG } from '../../shared/formats/error-data-entry.ts'
import { decodeGenericErrorStatus } from '../../shared/formats/generic-error-status.ts'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { decodeFirmwareRecordReference } from '../../shared/formats/firmware-record-reference.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { decodePcieSection } from '../../shared/formats/pcie-section.ts'
import { decodeProcessorGenericSection } from '../../shared/formats/processor-generic-section.ts'
import { decodeSection, encodeSection } from '../../shared/formats/sections.ts'
import { bytesOf, hexOf } from './hex.ts'

/** Example records of openbmc/libcper (Apache-2.0) and the JSON it makes of them; they live beside the repository. */
const FOLDER = new URL('../../../shared/vectors/libcper/', import.meta.url)
const withExamples = existsSync(FOLDER) ? {} : { skip: `no libcper examples in ${FOLDER.pathname}` }

type Json = string | number | boolean | { readonly [key: string]: Json }
/** Reads one value of libcper's JSON as text, undefined when there is none, e.g. `header.severity.code`. */
type Theirs = (path: string) => string | undefined

function load(name: string): { readonly bytes: Uint8Array; readonly section: CperSection; readonly theirs: Theirs } {
  const bytes = bytesOf(readFileSync(new URL(`${name}.cperhex`, FOLDER), 'utf8'))
  const [section] = decodeCperRecord(bytes).sections
  if (section === undefined) throw new Error(`${name} has no section`)
  // libcper prints 64-bit numbers as JSON numbers: keep all their digits.
  const text = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8').replaceAll(/(: *)(\d{15,})/g, '$1"$2"')
  const json = JSON.parse(text) as Json
  const theirs: Theirs = (path) => {
    let value: Json | undefined = json
    for (const key of path.split('.')) value = typeof value === 'object' ? value[key] : undefined
    return value === undefined || typeof value === 'object' ? undefined : String(value)
  }
  return { bytes, section, theirs }
}

/** Our value and the path of theirs, below `prefix`. */
type Rows = readonly (readonly [ours: string | number | bigint | boolean | undefined, path: string])[]

function differing(theirs: Theirs, prefix: string, rows: Rows): readonly string[] {
  return rows
    .filter(([ours, path]) => (ours === undefined ? undefined : String(ours)) !== theirs(prefix + path))
    .map(([ours, path]) => `${path}: ${String(ours)}, libcper ${theirs(prefix + path) ?? 'has none'}`)
}

const base64 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64')

void t.test('headers and descriptors are what libcper reads', withExamples, async (t) => {
  for (const file of readdirSync(FOLDER).filter((file) => file.endsWith('.cperhex'))) {
    const name = file.replace('.cperhex', '')
    const { bytes, section, theirs } = load(name)

    const record = decodeCperRecord(bytes)

    const header: Rows = [
      [bytes.length, 'recordLength'],
      [record.sections.length, 'sectionCount'],
      [record.severity, 'severity.code'],
      [record.creatorId, 'creatorID'],
      [record.notificationType, 'notificationType.guid'],
      [record.recordId, 'recordID'],
      [record.flags, 'flags.value'],
      [record.persistenceInformation, 'persistenceInfo']
    ]
    const descriptor: Rows = [
      [section.body.length, 'sectionLength'],
      [section.revision >> 8, 'revision.major'],
      [section.revision & 0xff, 'revision.minor'],
      [section.sectionType, 'sectionType.data'],
      [section.fruId, 'fruID'],
      [section.severity, 'severity.code'],
      [(section.flags & SECTION_FLAG.primary) !== 0, 'flags.primary'],
      [(section.flags & SECTION_FLAG.containmentWarning) !== 0, 'flags.containmentWarning'],
      [(section.flags & SECTION_FLAG.reset) !== 0, 'flags.reset'],
      [(section.flags & SECTION_FLAG.thresholdExceeded) !== 0, 'flags.errorThresholdExceeded'],
      [(section.flags & SECTION_FLAG.resourceNotAccessible) !== 0, 'flags.resourceNotAccessible'],
      [(section.flags & SECTION_FLAG.latentError) !== 0, 'flags.latentError'],
      [(section.flags & SECTION_FLAG.propagated) !== 0, 'flags.propagated'],
      [(section.flags & SECTION_FLAG.overflow) !== 0, 'flags.overflow']
    ]
    t.strictSame(differing(theirs, 'header.', header), [], `${name} header`)
    t.strictSame(differing(theirs, 'sectionDescriptors.0.', descriptor), [], `${name} descriptor`)
    t.strictSame(decodeCperRecord(encodeCperRecord(record)), record, `${name} comes back`)
    const decoded = decodeSection(section.sectionType, section.body)
    t.strictSame(decodeSection(decoded.sectionType, encodeSection(decoded)), decoded, `${name} body comes back`)
  }
})

void t.test('memory sections', withExamples, async (t) => {
  for (const name of ['memory', 'memory-validation-bits']) {
    const { section, theirs } = load(name)

    const memory = decodeMemorySection(section.body)

    const status = memory.errorStatus === undefined ? undefined : decodeGenericErrorStatus(memory.errorStatus)
    const rows: Rows = [
      [status?.type, 'errorStatus.errorType.value'],
      [status?.addressSignal, 'errorStatus.addressSignal'],
      [status?.controlSignal, 'errorStatus.controlSignal'],
      [status?.dataSignal, 'errorStatus.dataSignal'],
      [status?.detectedByResponder, 'errorStatus.detectedByResponder'],
      [status?.detectedByRequestor, 'errorStatus.detectedByRequester'],
      [status?.firstError, 'errorStatus.firstError'],
      [status?.overflow, 'errorStatus.overflowDroppedLogs'],
      [memory.physicalAddress, 'physicalAddress'],
      [memory.physicalAddressMask, 'physicalAddressMask'],
      [memory.node, 'node'],
      [memory.card, 'card'],
      [memory.module, 'moduleRank'],
      [memory.bank, 'bank.value'],
      [memory.device, 'device'],
      [memory.row, 'row'],
      [memory.column, 'column'],
      [memory.bitPosition, 'bitPosition'],
      [memory.requestorId, 'requestorID'],
      [memory.responderId, 'responderID'],
      [memory.targetId, 'targetID'],
      [memory.errorType, 'memoryErrorType.value'],
      [memory.rank, 'rankNumber'],
      [memory.cardHandle, 'cardSmbiosHandle'],
      [memory.moduleHandle, 'moduleSmbiosHandle'],
      [memory.chipIdentification, 'extended.chipIdentification']
    ]
    t.strictSame(differing(theirs, 'sections.0.Memory.', rows), [], name)
  }
})

void t.test('an ARM processor section, but for what libcper prints unasked', withExamples, async (t) => {
  const { section, theirs } = load('arm')

  const arm = decodeArmProcessorSection(section.body)

  const rows: Rows = [
    [arm.errors.length, 'errorInfoNum'],
    [arm.contexts.length, 'contextInfoNum'],
    [section.body.length, 'sectionLength'],
    [arm.affinityLevel, 'errorAffinity.value'],
    [arm.midr, 'midrEl1'],
    [arm.unvalidated?.psciState, 'psciState'],
    [base64(arm.vendor), 'vendorSpecificInfo.data'],
    ...arm.errors.flatMap((error, i): Rows => {
      // The kind by libcper's own meaning of the type byte; the two have the same layout.
      const word = `errorInfo.${i}.errorInformation.${error.type === 2 ? 'tlbError' : 'cacheError'}`
      const information = decodeArmCacheInformation(error.errorInformation ?? 0n)
      return [
        [error.type, `errorInfo.${i}.errorType.value`],
        [error.multipleError, `errorInfo.${i}.multipleError.value`],
        [error.virtualFaultAddress, `errorInfo.${i}.virtualFaultAddress`],
        [error.physicalFaultAddress, `errorInfo.${i}.physicalFaultAddress`],
        [information.transactionType, `${word}.transactionType.value`],
        [information.operation, `${word}.operation.value`],
        [information.level, `${word}.level`],
        [information.processorContextCorrupt, `${word}.processorContextCorrupt`],
        [information.corrected, `${word}.corrected`],
        [information.precisePc, `${word}.precisePC`],
        [information.restartablePc, `${word}.restartablePC`]
      ]
    }),
    ...arm.contexts.flatMap((context, i): Rows => [
      [context.version, `contextInfo.${i}.version`],
      [context.type, `contextInfo.${i}.registerContextType.value`],
      [context.registers.length, `contextInfo.${i}.registerArraySize`],
      ...(armContextRegisters(context) ?? []).map(({ name, value }): Rows[number] => [
        value,
        `contextInfo.${i}.registerArray.${context.type === 6 ? `${name}_el2` : name}`
      ])
    ])
  ]
  t.strictSame(differing(theirs, 'sections.0.ArmProcessor.', rows), [])
  t.equal(arm.psciState, undefined, 'the PSCI state is not marked valid')
})

void t.test('a processor generic section', withExamples, async (t) => {
  const { section, theirs } = load('generic')

  const generic = decodeProcessorGenericSection(section.body)

  const rows: Rows = [
    [generic.processorType, 'processorType.value'],
    [generic.instructionSet, 'processorISA.value'],
    [generic.errorType, 'errorType.value'],
    [generic.operation, 'operation.value'],
    [generic.level, 'level'],
    [generic.cpuVersion, 'cpuVersionInfo'],
    [generic.processorId, 'processorID'],
    [generic.targetAddress, 'targetAddress'],
    [generic.requestorId, 'requestorID'],
    [generic.responderId, 'responderID'],
    [generic.instructionIp, 'instructionIP']
  ]
  t.strictSame(differing(theirs, 'sections.0.GenericProcessor.', rows), [])
})

void t.test('a PCI Express section', withExamples, async (t) => {
  const { section, theirs } = load('pcie')

  const pcie = decodePcieSection(section.body)

  const rows: Rows = [
    [pcie.portType, 'portType.value'],
    [pcie.command, 'commandStatus.commandRegister'],
    [pcie.status, 'commandStatus.statusRegister'],
    [pcie.serialNumber, 'deviceSerialNumber'],
    [base64(pcie.capability), 'capabilityStructure.data'],
    [base64(pcie.aer), 'aerInfo.data']
  ]
  t.strictSame(differing(theirs, 'sections.0.Pcie.', rows), [])
})

void t.test('a firmware record reference and an unknown section', withExamples, async (t) => {
  const firmware = load('firmware')
  const unknown = load('unknown')

  const reference = decodeFirmwareRecordReference(firmware.section.body)
  const other = decodeSection(unknown.section.sectionType, unknown.section.body)

  const rows: Rows = [
    [reference.type, 'errorRecordType.value'],
    [reference.revision, 'revision'],
    [reference.recordId, 'recordID'],
    [reference.recordGuid, 'recordIDGUID']
  ]
  t.strictSame(differing(firmware.theirs, 'sections.0.Firmware.', rows), [])
  t.ok(other.unknown)
  t.equal(base64(unknown.section.body), unknown.theirs('sections.0.Unknown.data'))
  t.equal(hexOf(encodeSection(other)), hexOf(unknown.section.body))
})
