import t from 'tap'
import { armContextRegisters } from '../../shared/formats/arm-context-registers.ts'
import { decodeArmBusInformation } from '../../shared/formats/arm-error-information.ts'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { decodeCperRecord, encodeCperRecord } from '../../shared/formats/cper-record.ts'
import { SECTION_FLAG } from '../../shared/formats/error-data-entry.ts'
import { decodeGenericErrorStatus } from '../../shared/formats/generic-error-status.ts'
import { NOTIFICATION_TYPE, SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodeSection, encodeSection, type Section } from '../../shared/formats/sections.ts'
import { bytesOf, hexOf } from './hex.ts'
import { WHOLE_RECORD } from './whole-record.ts'

const record = decodeCperRecord(WHOLE_RECORD)
const [memory, arm, generic, pcie, firmware, unknown] = record.sections.map(({ sectionType, body }) =>
  decodeSection(sectionType, body)
)
const bodyOf = (section: Section | undefined) => (section?.unknown === false ? section.body : undefined)

void t.test('the header of a record with everything in it', async (t) => {
  const { sections, ...header } = record

  t.equal(sections.length, 6)
  t.strictSame(header, {
    revision: 0x0101,
    severity: 2,
    platformId: '13121110-1514-1716-1819-1a1b1c1d1e1f',
    timestamp: 0x20261231_01235930n,
    partitionId: '23222120-2524-2726-2829-2a2b2c2d2e2f',
    creatorId: '33323130-3534-3736-3839-3a3b3c3d3e3f',
    notificationType: NOTIFICATION_TYPE.CMC,
    recordId: 0x0102030405060708n,
    flags: 4,
    persistenceInformation: 0x1817161514131211n
  })
})

void t.test('the descriptors: revisions, severities, and each flag by its bit', async (t) => {
  t.strictSame(
    record.sections.map(({ body, ...descriptor }) => ({ ...descriptor, length: body.length })),
    [
      {
        sectionType: SECTION_TYPE.platformMemory,
        revision: 0x300,
        flags: SECTION_FLAG.primary | SECTION_FLAG.overflow,
        fruId: '43424140-4544-4746-4849-4a4b4c4d4e4f',
        fruText: 'DIMM A1',
        severity: 0,
        length: 80
      },
      {
        sectionType: SECTION_TYPE.processorArm,
        revision: 0x304,
        flags: SECTION_FLAG.containmentWarning,
        severity: 1,
        length: 118
      },
      {
        sectionType: SECTION_TYPE.processorGeneric,
        revision: 0x100,
        flags: SECTION_FLAG.reset,
        severity: 2,
        length: 192
      },
      {
        sectionType: SECTION_TYPE.pciExpress,
        revision: 0x100,
        flags: SECTION_FLAG.thresholdExceeded,
        severity: 3,
        length: 208
      },
      {
        sectionType: SECTION_TYPE.firmwareRecordReference,
        revision: 0x100,
        flags: SECTION_FLAG.resourceNotAccessible,
        severity: 0,
        length: 32
      },
      {
        sectionType: 'f3f2f1f0-f5f4-f7f6-f8f9-fafbfcfdfeff',
        revision: 0x100,
        flags: SECTION_FLAG.latentError | SECTION_FLAG.propagated,
        severity: 0,
        length: 90
      }
    ]
  )
})

void t.test('a memory section with all that it can say, and its error status taken apart', async (t) => {
  t.strictSame(bodyOf(memory), {
    errorStatus: 0x550400n,
    physicalAddress: 0x1_40a0_e040n,
    physicalAddressMask: 0xffff_ffff_ffff_ffc0n,
    node: 1,
    card: 2,
    module: 3,
    bankGroup: 4,
    bankAddress: 5,
    device: 6,
    row: 7,
    column: 8,
    bitPosition: 9,
    requestorId: 0xa000n,
    responderId: 0x0b00_0000_0000n,
    targetId: 0x0c00n,
    errorType: 3,
    rowExtension: 2,
    chipIdentification: 3,
    rank: 13,
    cardHandle: 14,
    moduleHandle: 15
  })
  t.strictSame(decodeGenericErrorStatus(0x550400n), {
    type: 4,
    addressSignal: true,
    controlSignal: false,
    dataSignal: true,
    detectedByResponder: false,
    detectedByRequestor: true,
    firstError: false,
    overflow: true
  })
})

void t.test(
  'an ARM processor section: affinity, a bus error by its bits, registers by name, vendor bytes',
  async (t) => {
    const { errors, contexts, ...rest } = decodeArmProcessorSection(record.sections[1]?.body ?? new Uint8Array())

    t.strictSame(bodyOf(arm), { errors, contexts, ...rest })
    t.strictSame(rest, {
      affinityLevel: 2,
      mpidr: 0x8001_0203n,
      midr: 0x410f_d0f0n,
      runningState: 0,
      psciState: 5,
      vendor: bytesOf('de ad be ef 01 02')
    })
    t.strictSame(errors, [
      {
        type: 8,
        multipleError: 2,
        flags: 0xd,
        errorInformation: 0x085b_da41_0fffn,
        virtualFaultAddress: 0xffff_900a_0018n,
        physicalFaultAddress: 0x40a0_e000n
      }
    ])
    t.strictSame(decodeArmBusInformation(0x085b_da41_0fffn), {
      transactionType: 1,
      operation: 0,
      level: 1,
      processorContextCorrupt: true,
      corrected: false,
      precisePc: true,
      restartablePc: true,
      participationType: 2,
      timedOut: true,
      addressSpace: 3,
      memoryAttributes: 0x16,
      accessMode: 1
    })
    t.match(contexts, [{ version: 0, type: 7 }])
    t.strictSame(
      contexts.flatMap((context) => armContextRegisters(context) ?? []),
      [
        { name: 'elr', value: 0x11n },
        { name: 'esr', value: 0x12n },
        { name: 'far', value: 0x13n },
        { name: 'mair', value: 0x14n }
      ]
    )
  }
)

void t.test('a processor generic section with all that it can say', async (t) => {
  t.strictSame(bodyOf(generic), {
    processorType: 2,
    instructionSet: 4,
    errorType: 4,
    operation: 1,
    flags: 0xf,
    level: 3,
    cpuVersion: 0x410f_d0f0n,
    brandString: new Uint8Array(128).fill(0x5a),
    processorId: 0x8001_0203n,
    targetAddress: 0x40a0_e040n,
    requestorId: 1n,
    responderId: 2n,
    instructionIp: 0x0fee_ddcc_bbaa_9988n
  })
})

void t.test('a PCI Express section with all that it can say', async (t) => {
  t.strictSame(bodyOf(pcie), {
    portType: 4,
    versionMinor: 1,
    versionMajor: 2,
    command: 0x547,
    status: 0x10,
    vendorId: 0x8086,
    deviceId: 0x1234,
    classCode: 0x060400,
    functionNumber: 1,
    deviceNumber: 2,
    segment: 0x0304,
    bus: 5,
    secondaryBus: 6,
    slot: 7,
    serialNumber: 0x1122334455667788n,
    bridgeSecondaryStatus: 0x1122,
    bridgeControl: 0x3344,
    capability: new Uint8Array(60).fill(0xc1),
    aer: new Uint8Array(96).fill(0xae)
  })
})

void t.test('a firmware record reference, and a section of nobody, which stays bytes', async (t) => {
  t.strictSame(bodyOf(firmware), {
    type: 2,
    revision: 2,
    recordId: 0n,
    recordGuid: '63626160-6564-6766-6869-6a6b6c6d6e6f'
  })
  t.match(unknown, { unknown: true, bytes: new Uint8Array(90).fill(0x77) })
})

void t.test('the record and each body come back byte by byte', async (t) => {
  t.equal(hexOf(encodeCperRecord(record)), hexOf(WHOLE_RECORD))
  for (const { sectionType, body } of record.sections) {
    t.equal(hexOf(encodeSection(decodeSection(sectionType, body))), hexOf(body), sectionType)
  }
})
