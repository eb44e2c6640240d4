import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { decodeGenericErrorStatus, encodeGenericErrorStatus } from '../../shared/formats/generic-error-status.ts'
import { decodeMemorySection2, encodeMemorySection2 } from '../../shared/formats/memory-section-2.ts'
import {
  decodeMemorySection,
  encodeMemorySection,
  MEMORY_ERROR_TYPE,
  type MemorySection
} from '../../shared/formats/memory-section.ts'
import { partly, u16, u64, u8 } from './arbitraries.ts'
import { formatError, hexOf, patched, recordedBlock } from './hex.ts'
import { LINUX_MEMORY_BLOCK, QEMU_MEMORY_BLOCK } from './worked-examples.ts'

/** Field, value, validation bit, offset of its bytes, the bytes. */
const FIELDS = [
  ['errorStatus', 0x1122334455667788n, 0, 8, '8877665544332211'],
  ['physicalAddress', 0x1122334455667788n, 1, 16, '8877665544332211'],
  ['physicalAddressMask', 0x1122334455667788n, 2, 24, '8877665544332211'],
  ['node', 0x1122, 3, 32, '2211'],
  ['card', 0x1122, 4, 34, '2211'],
  ['module', 0x1122, 5, 36, '2211'],
  ['bank', 0x1122, 6, 38, '2211'],
  ['device', 0x1122, 7, 40, '2211'],
  ['row', 0x1122, 8, 42, '2211'],
  ['column', 0x1122, 9, 44, '2211'],
  ['bitPosition', 0x1122, 10, 46, '2211'],
  ['requestorId', 0x1122334455667788n, 11, 48, '8877665544332211'],
  ['responderId', 0x1122334455667788n, 12, 56, '8877665544332211'],
  ['targetId', 0x1122334455667788n, 13, 64, '8877665544332211'],
  ['errorType', 0x0f, 14, 72, '0f'],
  ['rank', 0x1122, 15, 74, '2211'],
  ['cardHandle', 0x1122, 16, 76, '2211'],
  ['moduleHandle', 0x1122, 17, 78, '2211'],
  ['rowExtension', 3, 18, 73, '03'],
  ['bankGroup', 0x11, 19, 38, '0011'],
  ['bankAddress', 0x22, 20, 38, '2200'],
  ['chipIdentification', 7, 21, 73, 'e0']
] as const

void t.test('every field has its offset and its validation bit (UEFI N.2.5)', async (t) => {
  for (const [name, value, bit, offset, hex] of FIELDS) {
    const section = { [name]: value } as MemorySection
    const bytes = encodeMemorySection(section)

    const expected = new Uint8Array(80)
    new DataView(expected.buffer).setBigUint64(0, 1n << BigInt(bit), true)
    t.equal(hexOf(bytes), hexOf(patched(expected, offset, hex)), name)
    t.strictSame(decodeMemorySection(bytes), section, name)
  }
})

void t.test('a field without its validation bit is absent, its bytes are kept apart', async (t) => {
  for (const [name, value, , offset, hex] of FIELDS.filter(
    ([name]) => name !== 'bankGroup' && name !== 'bankAddress'
  )) {
    const bytes = patched(new Uint8Array(80), offset, hex)

    const section = decodeMemorySection(bytes)

    t.strictSame(section, { unvalidated: { [name]: value } }, name)
    t.equal(hexOf(encodeMemorySection(section)), hexOf(bytes), name)
  }
})

void t.test('the bank word is read once, as a whole or by its valid half', async (t) => {
  const bank = (valid: bigint): Uint8Array => {
    const bytes = patched(new Uint8Array(80), 38, '2211')
    new DataView(bytes.buffer).setBigUint64(0, valid, true)
    return bytes
  }

  t.strictSame(decodeMemorySection(bank(1n << 19n)), { bankGroup: 0x11, unvalidated: { bank: 0x22 } })
  t.strictSame(decodeMemorySection(bank(1n << 20n)), { bankAddress: 0x22, unvalidated: { bank: 0x1100 } })
  t.strictSame(decodeMemorySection(bank(3n << 19n)), { bankGroup: 0x11, bankAddress: 0x22 })
  t.strictSame(decodeMemorySection(bank(0n)), { unvalidated: { bank: 0x1122 } })
  t.equal(
    hexOf(encodeMemorySection({ ...decodeMemorySection(bank(0n)), bankGroup: 5 }).subarray(38, 40)),
    '2205',
    'a half that becomes valid takes the place of what was there'
  )
  for (const valid of [0n, 1n << 6n, 1n << 19n, 1n << 20n, 3n << 19n]) {
    t.equal(hexOf(encodeMemorySection(decodeMemorySection(bank(valid)))), hexOf(bank(valid)))
  }
})

void t.test('the worked sections have the fields of their records', async (t) => {
  const bodyOf = (block: Uint8Array): Uint8Array =>
    decodeErrorStatusBlock(block).entries[0]?.payload ?? new Uint8Array()

  t.strictSame(decodeMemorySection(bodyOf(QEMU_MEMORY_BLOCK)), { physicalAddress: 0x40200000n, errorType: 0 })
  t.strictSame(decodeMemorySection(bodyOf(LINUX_MEMORY_BLOCK)), { physicalAddress: 0x40a0e040n, errorType: 3 })
  t.equal(MEMORY_ERROR_TYPE[3], 'multi-bit ECC')
})

void t.test('the 73-byte form is a form of its own', async (t) => {
  const body = decodeErrorStatusBlock(recordedBlock('polled-old-73-byte-section')).entries[0]?.payload
  if (body === undefined) throw new Error('no entry')

  const section = decodeMemorySection(body)

  t.equal(body.length, 73)
  t.equal(section.oldForm, true)
  t.equal(hexOf(encodeMemorySection(section)), hexOf(body))
  t.throws(() => decodeMemorySection(patched(body, 0, '00 80')), formatError(0))
  t.throws(() => encodeMemorySection({ oldForm: true, rank: 1 }), formatError(74))
})

void t.test('fewer than 80 bytes that are not 73 are refused; what follows the 80 is kept', async (t) => {
  for (const size of [0, 8, 72, 74, 79]) {
    t.throws(() => decodeMemorySection(new Uint8Array(size)), { name: 'FormatError' }, `${size}`)
  }
  t.strictSame(decodeMemorySection(new Uint8Array(82)), { rest: new Uint8Array(2) })
})

void t.test('validation bits without a field are kept', async (t) => {
  const bytes = patched(new Uint8Array(80), 0, '00 00 40 00 00 00 00 80')

  const section = decodeMemorySection(bytes)

  t.strictSame(section, { reservedValidation: 0x80000000_00400000n })
  t.equal(hexOf(encodeMemorySection(section)), hexOf(bytes))
})

void t.test('a value that does not fit its field is refused where it would go', async (t) => {
  t.throws(() => encodeMemorySection({ node: 0x10000 }), formatError(32, 'node is an unsigned 16-bit value'))
  t.throws(() => encodeMemorySection({ chipIdentification: 8 }), formatError(73))
  t.throws(() => encodeMemorySection({ physicalAddress: 1n << 64n }), formatError(16))
  t.throws(() => encodeMemorySection({ physicalAddress: -1n }), formatError(16))
})

void t.test('what is encoded is decoded', async (t) => {
  const bits = (width: number): fc.Arbitrary<number> => fc.nat(2 ** width - 1)
  const common = { errorStatus: u64, physicalAddress: u64, physicalAddressMask: u64, node: u16, card: u16, module: u16 }
  const ids = { requestorId: u64, responderId: u64, targetId: u64 }
  const section = partly(
    {},
    {
      ...common,
      ...ids,
      bank: u16,
      row: u16,
      errorType: u8,
      rank: u16,
      rowExtension: bits(2),
      chipIdentification: bits(3)
    }
  )
  const section2 = partly(
    {},
    { ...common, ...ids, row: fc.nat(0xffffffff), status: u8, bankGroup: u8, bankAddress: u8 }
  )

  fc.assert(fc.property(section, (value) => isDeepStrictEqual(decodeMemorySection(encodeMemorySection(value)), value)))
  fc.assert(
    fc.property(section2, (value) => isDeepStrictEqual(decodeMemorySection2(encodeMemorySection2(value)), value))
  )
  t.pass()
})

void t.test('any 80 bytes come back', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 80, maxLength: 80 }), (bytes) => {
      return hexOf(encodeMemorySection(decodeMemorySection(bytes))) === hexOf(bytes)
    })
  )
  t.pass()
})

void t.test('section type 2 has other validation bits from bit 10 on (UEFI N.2.6)', async (t) => {
  const CASES = [
    ['device', 0x11223344, 7, 40, '44332211'],
    ['row', 0x11223344, 8, 44, '44332211'],
    ['column', 0x11223344, 9, 48, '44332211'],
    ['rank', 0x11223344, 10, 52, '44332211'],
    ['bitPosition', 0x11223344, 11, 56, '44332211'],
    ['chipIdentification', 0x11, 12, 60, '11'],
    ['errorType', 3, 13, 61, '03'],
    ['status', 1, 14, 62, '01'],
    ['requestorId', 0x1122334455667788n, 15, 64, '8877665544332211'],
    ['responderId', 0x1122334455667788n, 16, 72, '8877665544332211'],
    ['targetId', 0x1122334455667788n, 17, 80, '8877665544332211'],
    ['cardHandle', 0x11223344, 18, 88, '44332211'],
    ['moduleHandle', 0xffffffff, 19, 92, 'ffffffff'],
    ['bankGroup', 0x11, 20, 38, '0011'],
    ['bankAddress', 0x22, 21, 38, '22']
  ] as const
  for (const [name, value, bit, offset, hex] of CASES) {
    const bytes = encodeMemorySection2({ [name]: value })

    const expected = new Uint8Array(96)
    new DataView(expected.buffer).setBigUint64(0, 1n << BigInt(bit), true)
    t.equal(hexOf(bytes), hexOf(patched(expected, offset, hex)), name)
    t.strictSame(decodeMemorySection2(bytes), { [name]: value }, name)
  }
})

void t.test('the error status word has a type and seven marks', async (t) => {
  const status = decodeGenericErrorStatus(0x6b1000n)

  t.strictSame(status, {
    type: 16,
    addressSignal: true,
    controlSignal: true,
    dataSignal: false,
    detectedByResponder: true,
    detectedByRequestor: false,
    firstError: true,
    overflow: true
  })
  t.equal(encodeGenericErrorStatus(status), 0x6b1000n)
})
