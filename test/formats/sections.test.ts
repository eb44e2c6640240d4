import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import {
  decodeFirmwareRecordReference,
  encodeFirmwareRecordReference
} from '../../shared/formats/firmware-record-reference.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodePcieSection, encodePcieSection, type PcieSection } from '../../shared/formats/pcie-section.ts'
import {
  decodeProcessorGenericSection,
  encodeProcessorGenericSection,
  type ProcessorGenericSection
} from '../../shared/formats/processor-generic-section.ts'
import { decodeSection, encodeSection, sectionKind } from '../../shared/formats/sections.ts'
import { bytesOf, formatError, hexOf, patched } from './hex.ts'

void t.test('a section type with a decoder is decoded, in a row of the table', async (t) => {
  const bytes = patched(patched(new Uint8Array(80), 0, '02'), 16, '00 00 20 40')

  const section = decodeSection(SECTION_TYPE.platformMemory, bytes)

  t.strictSame(section, {
    unknown: false,
    kind: 'platformMemory',
    sectionType: SECTION_TYPE.platformMemory,
    name: 'Platform Memory',
    body: { physicalAddress: 0x40200000n }
  })
  t.equal(hexOf(encodeSection(section)), hexOf(bytes))
})

void t.test('a section type without a decoder stays bytes and says so', async (t) => {
  const vendor = '11223344-5566-7788-99aa-bbccddeeff00'
  const bytes = bytesOf('00112233')

  const unknown = decodeSection(vendor, bytes)
  const named = decodeSection(SECTION_TYPE.cxlProtocol, bytes)

  t.strictSame(unknown, { unknown: true, sectionType: vendor, bytes })
  t.strictSame(named, { unknown: true, sectionType: SECTION_TYPE.cxlProtocol, name: 'CXL Protocol Error', bytes })
  t.equal(encodeSection(unknown), bytes)
  t.equal(sectionKind(vendor), undefined)
})

void t.test('a malformed body of a known type is an error, not an unknown section', async (t) => {
  t.throws(() => decodeSection(SECTION_TYPE.platformMemory, new Uint8Array(72)), formatError(0))
})

void t.test('PCI Express fields have their offsets and their validation bits (UEFI N.2.7)', async (t) => {
  const CASES: readonly (readonly [PcieSection, number, number, string])[] = [
    [{ portType: 4 }, 0, 8, '04'],
    [{ versionMinor: 1, versionMajor: 2 }, 1, 12, '01 02'],
    [{ command: 0x1122, status: 0x3344 }, 2, 16, '22 11 44 33'],
    [
      {
        vendorId: 0x8086,
        deviceId: 0x1234,
        classCode: 0x060400,
        functionNumber: 1,
        deviceNumber: 2,
        segment: 0x0304,
        bus: 5,
        secondaryBus: 6,
        slot: 7
      },
      3,
      24,
      '86 80 34 12 00 04 06 01 02 04 03 05 06 38 00'
    ],
    [{ serialNumber: 0x1122334455667788n }, 4, 40, '8877665544332211'],
    [{ bridgeSecondaryStatus: 0x1122, bridgeControl: 0x3344 }, 5, 48, '22 11 44 33'],
    [{ capability: new Uint8Array(60).fill(0xaa) }, 6, 52, 'aa'.repeat(60)],
    [{ aer: new Uint8Array(96).fill(0xbb) }, 7, 112, 'bb'.repeat(96)]
  ]
  for (const [section, bit, offset, hex] of CASES) {
    const bytes = encodePcieSection(section)

    const expected = patched(patched(new Uint8Array(208), 0, (1 << bit).toString(16).padStart(2, '0')), offset, hex)
    t.equal(hexOf(bytes), hexOf(expected), Object.keys(section).join())
    t.strictSame(decodePcieSection(bytes), section)
  }
  t.throws(() => encodePcieSection({ aer: new Uint8Array(95) }), formatError(112))
})

void t.test('processor generic fields have their offsets and their validation bits (UEFI N.2.4.1)', async (t) => {
  const id = 0x1122334455667788n
  const wire = '8877665544332211'
  const CASES: readonly (readonly [ProcessorGenericSection, number, number, string])[] = [
    [{ processorType: 2 }, 0, 8, '02'],
    [{ instructionSet: 4 }, 1, 9, '04'],
    [{ errorType: 1 }, 2, 10, '01'],
    [{ operation: 3 }, 3, 11, '03'],
    [{ flags: 8 }, 4, 12, '08'],
    [{ level: 2 }, 5, 13, '02'],
    [{ cpuVersion: id }, 6, 16, wire],
    [{ brandString: new Uint8Array(128).fill(0x41) }, 7, 24, '41'.repeat(128)],
    [{ processorId: id }, 8, 152, wire],
    [{ targetAddress: id }, 9, 160, wire],
    [{ requestorId: id }, 10, 168, wire],
    [{ responderId: id }, 11, 176, wire],
    [{ instructionIp: id }, 12, 184, wire]
  ]
  for (const [section, bit, offset, hex] of CASES) {
    const bytes = encodeProcessorGenericSection(section)

    const expected = new Uint8Array(192)
    new DataView(expected.buffer).setUint32(0, 1 << bit, true)
    t.equal(hexOf(bytes), hexOf(patched(expected, offset, hex)), Object.keys(section).join())
    t.strictSame(decodeProcessorGenericSection(bytes), section)
  }
})

void t.test('a firmware record reference has 16 bytes, or from revision 1 on 32 with a GUID', async (t) => {
  const old = { type: 0, revision: 0, recordId: 5n }
  const withGuid = { type: 2, revision: 1, recordId: 0n, recordGuid: SECTION_TYPE.processorArm }

  t.equal(encodeFirmwareRecordReference(old).length, 16)
  t.strictSame(decodeFirmwareRecordReference(encodeFirmwareRecordReference(old)), old)
  t.equal(encodeFirmwareRecordReference(withGuid).length, 32)
  t.strictSame(decodeFirmwareRecordReference(encodeFirmwareRecordReference(withGuid)), withGuid)
  t.throws(() => decodeFirmwareRecordReference(patched(new Uint8Array(31), 1, '01')), formatError(16))
  t.throws(() => encodeFirmwareRecordReference({ ...withGuid, revision: 0 }), formatError(16))
})

void t.test('a firmware record reference of revision 0 has no GUID: its data begin at once', async (t) => {
  const bytes = bytesOf(
    '0000000000000000 1122000000000000 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f'
  )

  const reference = decodeFirmwareRecordReference(bytes)

  t.strictSame(reference, { type: 0, revision: 0, recordId: 0x2211n, data: bytes.subarray(16) })
  t.equal(hexOf(encodeFirmwareRecordReference(reference)), hexOf(bytes))
  for (const revision of [1, 2]) {
    const later = decodeFirmwareRecordReference(patched(bytes, 1, `0${revision}`))
    t.equal(later.recordGuid, '03020100-0504-0706-0809-0a0b0c0d0e0f')
    t.strictSame(later.data, bytes.subarray(32))
  }
})

void t.test('any bytes of a section come back, its reserved bytes too', async (t) => {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

  fc.assert(
    fc.property(bytes(192), (content) => {
      return isDeepStrictEqual(encodeProcessorGenericSection(decodeProcessorGenericSection(content)), content)
    })
  )
  fc.assert(
    fc.property(bytes(208), (content) => {
      return isDeepStrictEqual(encodePcieSection(decodePcieSection(content)), content)
    })
  )
  t.pass()
})
