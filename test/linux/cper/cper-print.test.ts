import t from 'tap'
import { encodeFirmwareRecordReference } from '../../../shared/formats/firmware-record-reference.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodeMemorySection } from '../../../shared/formats/memory-section.ts'
import { encodeProcessorGenericSection } from '../../../shared/formats/processor-generic-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { printHexDump } from '../../../shared/linux/kernel/print-hex-dump.ts'
import { body, printed } from './cper-printed.ts'
import { ghesMachine, memorySection, section } from '../apei/ghes-machine.ts'

const VENDOR = '11223344-5566-7788-99aa-bbccddeeff00'
const { corrected, fatal, none } = SEVERITY

void t.test('a block says its severity, each section its own', async (t) => {
  const entries = [
    section(VENDOR, new Uint8Array(0), { severity: fatal }),
    section(VENDOR, new Uint8Array(0), { severity: 9 })
  ]

  t.strictSame(printed(entries, {}, none), [
    'event severity: info',
    ' Error 0, type: fatal',
    `  section type: unknown, ${VENDOR}`,
    '  section length: 0',
    ' Error 1, type: unknown',
    `  section type: unknown, ${VENDOR}`,
    '  section length: 0'
  ])
  t.equal(printed([], {}, corrected)[0], 'It has been corrected by h/w and requires no further action')
})

void t.test('a section says when it happened and which part it is about, when that is valid', async (t) => {
  const entry = section(VENDOR, new Uint8Array(1), {
    timestamp: 0x20_26_02_28_01_13_45_59n,
    fruId: '01020304-0506-0708-090a-0b0c0d0e0f10',
    fruText: 'DIMM_A1'
  })

  t.strictSame(printed([entry]).slice(1, 5), [
    ' precise tstamp: 2026-02-28 13:45:59',
    ' Error 0, type: recoverable',
    ' fru_id: 01020304-0506-0708-090a-0b0c0d0e0f10',
    ' fru_text: DIMM_A1'
  ])
})

void t.test('a memory section prints every field that is valid', async (t) => {
  const entry = memorySection({
    errorStatus: 0x400n,
    physicalAddress: 0x4800_1000n,
    physicalAddressMask: 0xffff_ffff_ffff_f000n,
    node: 0,
    card: 1,
    module: 2,
    rank: 9,
    bank: 3,
    device: 4,
    row: 5,
    column: 6,
    bitPosition: 7,
    requestorId: 8n,
    responderId: 9n,
    targetId: 10n,
    rowExtension: 1,
    chipIdentification: 5,
    errorType: 2,
    moduleHandle: 0x1a
  })

  t.strictSame(body(entry), [
    '   error_status: Storage error in DRAM memory (0x0000000000000400)',
    '  physical_address: 0x0000000048001000',
    '  physical_address_mask: 0xfffffffffffff000',
    '  node:0 card:1 module:2 rank:9 bank:3 device:4 row:65541 column:6 bit_position:7 ' +
      'requestor_id:0x0000000000000008 responder_id:0x0000000000000009 target_id:0x000000000000000a chip_id:5 ',
    '  error_type: 2, single-bit ECC',
    '  DIMM location: not present. DMI handle: 0x001a '
  ])
})

void t.test('bank group and bank address are parts of the bank', async (t) => {
  t.strictSame(body(memorySection({ bankGroup: 2, bankAddress: 3 })), ['  bank_group:2 bank_address:3 '])
})

void t.test('error types and status codes beyond the tables have a name of their own', async (t) => {
  t.strictSame(body(memorySection({ errorType: 11 })), ['  error_type: 11, mirror Broken'])
  t.strictSame(body(memorySection({ errorType: 16 })), ['  error_type: 16, unknown'])
  t.strictSame(body(memorySection({ errorStatus: 0x200n })), ['   error_status: Reserved (0x0000000000000200)'])
})

void t.test('the old memory section is printed unless it claims fields that it does not have', async (t) => {
  const old = encodeMemorySection({ physicalAddress: 0x1000n, oldForm: true })
  const wrong = old.slice()
  wrong[1] = 0x80

  t.strictSame(body(section(SECTION_TYPE.platformMemory, old)), ['  physical_address: 0x0000000000001000'])
  t.strictSame(body(section(SECTION_TYPE.platformMemory, wrong)), [
    '[Firmware Warn]: valid bits set for fields beyond structure'
  ])
})

void t.test('sections shorter than their structure are not printed', async (t) => {
  const sizes: readonly (readonly [type: string, size: number])[] = [
    [SECTION_TYPE.platformMemory, 72],
    [SECTION_TYPE.pciExpress, 207],
    [SECTION_TYPE.processorArm, 39],
    [SECTION_TYPE.processorGeneric, 191],
    [SECTION_TYPE.firmwareRecordReference, 15]
  ]
  for (const [type, size] of sizes) {
    t.strictSame(
      body(section(type, new Uint8Array(size))),
      ['[Firmware Warn]: error section length is too small'],
      type
    )
  }
})

void t.test('a generic processor section prints names and bits', async (t) => {
  const payload = encodeProcessorGenericSection({
    processorType: 2,
    instructionSet: 4,
    errorType: 3,
    operation: 1,
    flags: 0x9,
    level: 2,
    cpuVersion: 0x414fd0c1n,
    instructionIp: 0x400c10n
  })

  t.strictSame(body(section(SECTION_TYPE.processorGeneric, payload)), [
    '  processor_type: 2, ARM',
    '  processor_isa: 4, ARM A64',
    '  error_type: 0x03',
    '  cache error, TLB error',
    '  operation: 1, data read',
    '  flags: 0x09',
    '  restartable, corrected',
    '  level: 2',
    '  version_info: 0x00000000414fd0c1',
    '  IP: 0x0000000000400c10'
  ])
})

void t.test('a firmware record reference prints the identifier of its revision', async (t) => {
  const reference = (revision: number) =>
    body(
      section(
        SECTION_TYPE.firmwareRecordReference,
        encodeFirmwareRecordReference({
          type: 2,
          revision,
          recordId: 0x1234n,
          ...(revision === 0 ? {} : { recordGuid: '81212a96-09ed-4996-9471-8d729c8e69ed' }),
          data: Uint8Array.of(1, 0, 0, 0)
        })
      )
    )

  t.strictSame(reference(2), [
    '  Firmware Error Record Type: SOC Firmware Error Record Type2',
    '  Revision: 2',
    '  Record Identifier: 81212a96-09ed-4996-9471-8d729c8e69ed',
    '  00000000: 00000001                             ....'
  ])
  t.strictSame(reference(0).slice(2), [
    '  Record Identifier: 00001234',
    '  00000000: 00000001                             ....'
  ])
})

void t.test('a hex dump shows words, bytes where a row is not whole words, and what can be printed', async (t) => {
  const machine = ghesMachine({}, { probe: false })

  printHexDump(
    machine.k,
    '',
    Uint8Array.from({ length: 21 }, (_, i) => 0x30 + i * 3),
    true
  )

  t.strictSame(machine.lines(), [
    '00000000: 39363330 45423f3c 514e4b48 5d5a5754  0369<?BEHKNQTWZ]',
    '00000010: 60 63 66 69 6c                                   `cfil'
  ])
})
