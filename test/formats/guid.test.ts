import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import {
  decodeGuid,
  encodeGuid,
  NOTIFICATION_TYPE,
  NOTIFICATION_TYPE_NAME,
  SECTION_TYPE
} from '../../shared/formats/guid.ts'
import { SECTION_TYPE_NAME, VENDOR_SECTION_TYPE } from '../../shared/formats/section-names.ts'
import { bytesOf, hexOf } from './hex.ts'

/** Name, then the 16 bytes on the wire as printed by the sources. */
const SECTIONS = [
  ['processorGeneric', 'ad cc 76 98 b4 47 db 4b b6 5e 16 f1 93 c4 f3 db'],
  ['processorX86', 'b0 a0 3e dc 44 a1 97 47 b9 5b 53 fa 24 2b 6e 1d'],
  ['processorIpf', 'f1 fa 29 e4 b7 3c d4 11 bc a7 00 80 c7 3c 88 81'],
  ['processorArm', '16 3d 9e e1 11 bc e4 11 9c aa c2 05 1d 5d 46 b0'],
  ['armRasNode', 'd5 d4 32 bf 27 b4 25 40 84 95 8a 9e 5d 40 30 e4'],
  ['platformMemory', '14 11 bc a5 64 6f de 4e b8 63 3e 83 ed 7c 83 b1'],
  ['platformMemory2', 'fc 04 ec 61 e6 48 13 d8 25 c9 8d aa 44 75 0b 12'],
  ['pciExpress', '54 e9 95 d9 c1 bb 0f 43 ad 91 b4 4d cb 3c 6f 35'],
  ['pciBus', '63 39 75 c5 84 3b 95 40 bf 78 ed da d3 f9 c9 dd'],
  ['pciComponent', '85 46 5e eb 66 ca 69 47 b6 a2 26 06 8b 00 13 26'],
  ['firmwareRecordReference', '96 2a 21 81 ed 09 96 49 94 71 8d 72 9c 8e 69 ed'],
  ['dmarGeneric', 'f7 fe 51 5b 9d c7 34 44 8f 1b aa 62 de 3e 2c 64'],
  ['dmarVtd', '37 1d 76 71 b2 32 cd 45 a7 d0 b0 fe dd 93 e8 cf'],
  ['dmarIommu', 'e1 84 6f 03 37 7f 8c 42 a7 9e 57 5f df aa 84 ec'],
  ['ccixPer', 'f6 5e 33 91 fb eb 78 44 a6 a6 88 b7 28 cf 75 d7'],
  ['cxlProtocol', 'b4 ef b9 80 b5 52 e3 4d a7 77 68 78 4b 77 10 48'],
  ['cxlGeneralMedia', '77 0a cd fb 60 c2 7f 41 85 a9 08 8b 16 21 eb a6'],
  ['cxlDram', 'b3 cb 1d 60 06 9c ab 4e b8 af 4e 9b fb 5c 96 24'],
  ['cxlMemoryModule', '75 74 92 fe 59 dd 39 43 a5 86 79 ba b1 13 b7 74'],
  ['cxlMemorySparing', '40 3a 1f e7 29 2d 92 40 8a 39 4d 1c 96 6c 7c 65'],
  ['cxlPhysicalSwitch', '71 92 cf 77 02 9c 0b 47 9f e4 bc 7b 75 f2 da 97'],
  ['cxlVirtualSwitch', '25 64 d2 40 96 33 4d 4c a5 da 3d 47 26 3a f4 25'],
  ['cxlMldPort', '63 43 c4 8d 96 0c 10 47 b7 bf 04 bb 99 53 4c 3f'],
  ['cxlDynamicCapacity', 'a7 af 95 ca 83 f1 18 40 8c 2f 95 26 8e 10 1a 2a'],
  ['fruMemoryPoison', 'c1 06 47 5e 56 53 c6 48 93 0b 52 f2 12 0a 44 58']
] as const
/** Vendors' section types, as their bytes are in records. */
const VENDORS = [
  ['ampere', '8d 89 ed e8 16 df cc 43 8e cc 54 f0 60 ef 15 7f'],
  ['ampereOne', '9f cc 26 28 8c 44 2b 4c 86 b6 a9 53 94 b7 ef 33'],
  ['hisiliconPcieLocal', 'c9 9f 88 b2 d7 e7 9d 4f a8 67 af 42 e9 8b e7 72'],
  ['nvidiaGrace', 'f2 44 52 6d 12 27 ec 11 be a7 cb 3f db 95 c7 86'],
  ['nvidiaVera', '68 e5 68 90 a0 6c f0 11 ae af 15 93 43 59 1e ac'],
  ['mediatek', '4b 3f 1e 3c 1a 1e df 43 af 28 59 82 0e 95 8e 3c']
] as const
const NOTIFICATIONS = [
  ['CMC', 'b1 8b ce 2d d7 bd 0e 45 b9 ad 9c f4 eb d4 f8 90'],
  ['CPE', '96 2f 29 4e 43 d8 55 4a a8 c2 d4 81 f2 7e be ee'],
  ['MCE', 'fe 6f f5 e8 9c 91 c5 4c ba 88 65 ab e1 49 13 bb'],
  ['PCIe', '1f c0 93 cf 16 1a fc 4d b8 bc 9c 4d af 67 c1 04'],
  ['INIT', 'e8 63 52 cc 08 93 4a 45 89 d0 34 0b d3 9b c9 8e'],
  ['NMI', 'ff 89 ad 5b e6 b7 c9 42 81 4a cf 24 85 d6 e9 8a'],
  ['BOOT', '66 a4 61 3d 40 ab 9a 40 a6 98 f3 62 d4 64 b3 8f'],
  ['DMAr', '91 d7 7d 66 b3 c6 27 4c 8a 6b 0f 8e 72 2d eb 41'],
  ['SEA', '8a 78 78 9a e8 bb e4 11 80 9e 67 61 1e 5d 46 b0'],
  ['SEI', '81 4c 28 5c ae b0 87 4e a3 22 b0 4c 85 62 43 23'],
  ['PEI', 'ac d5 a9 09 04 52 14 42 96 e5 94 99 2e 75 2b cd'],
  ['CXL', 'c9 3b 29 69 df 41 a3 49 b4 bd 4f b0 db 30 41 f6']
] as const

void t.test('section and notification types have their bytes on the wire', async (t) => {
  for (const [name, wire] of SECTIONS) {
    t.equal(hexOf(encodeGuid(SECTION_TYPE[name])), wire.replaceAll(' ', ''), name)
    t.equal(decodeGuid(bytesOf(wire)), SECTION_TYPE[name], name)
  }
  for (const [name, wire] of NOTIFICATIONS) {
    t.equal(hexOf(encodeGuid(NOTIFICATION_TYPE[name])), wire.replaceAll(' ', ''), name)
    t.equal(decodeGuid(bytesOf(wire)), NOTIFICATION_TYPE[name], name)
  }
  for (const [name, wire] of VENDORS) t.equal(decodeGuid(bytesOf(wire)), VENDOR_SECTION_TYPE[name], name)
  const types = Object.keys(SECTION_TYPE).length
  t.equal(SECTIONS.length, types, 'every section type is here')
  t.equal(SECTION_TYPE_NAME.size, types + Object.keys(VENDOR_SECTION_TYPE).length, 'and has a name')
  t.equal(NOTIFICATIONS.length, NOTIFICATION_TYPE_NAME.size, 'every notification type is here')
})

void t.test('16 bytes are a GUID and back', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) =>
      isDeepStrictEqual(encodeGuid(decodeGuid(bytes)), bytes)
    )
  )
  t.pass()
})

void t.test('a GUID in capitals is the same GUID, anything else is refused', async (t) => {
  t.equal(decodeGuid(encodeGuid(SECTION_TYPE.processorArm.toUpperCase())), SECTION_TYPE.processorArm)
  t.throws(() => encodeGuid('e19e3d16bc1111e49caac2051d5d46b0'), { name: 'FormatError' })
  t.throws(() => encodeGuid(SECTION_TYPE.processorArm + '0'), { name: 'FormatError' })
})
