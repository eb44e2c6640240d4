import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { acpiSum } from '../../shared/formats/acpi-table.ts'
import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, NO_RELATED_SOURCE, type GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY, NOTIFY_NAME } from '../../shared/formats/hest-notification.ts'
import { decodeHest, encodeHest, hestSourceName, isGhes, walkHest, type Hest } from '../../shared/formats/hest.ts'
import { record, u16, u32, u64, u8 } from './arbitraries.ts'
import { formatError, hexOf, patched } from './hex.ts'
import { ALTRA_HEST, ALTRA_HEST_2P, REFINFRA_HEST, S5000C_HEST } from './real-hests.ts'
import { QEMU_HEST } from './worked-examples.ts'

const HEADER = {
  revision: 1,
  oemId: 'BOCHS ',
  oemTableId: 'BXPC    ',
  oemRevision: 1,
  creatorId: 'BXPC',
  creatorRevision: 1
}

function qemuSource(sourceId: number, notify: number): GhesSource {
  const cells = 0x43da0000n + 8n * BigInt(sourceId)
  return {
    type: GHES_V2_TYPE,
    sourceId,
    relatedSourceId: NO_RELATED_SOURCE,
    flags: 0,
    enabled: 1,
    recordsToPreallocate: 1,
    maxSectionsPerRecord: 1,
    maxRawDataLength: 0x400,
    errorStatusAddress: memoryRegister(cells),
    notification: hestNotification(notify),
    errorStatusBlockLength: 0x400,
    readAck: { register: memoryRegister(cells + 16n), preserve: 0xfffffffffffffffen, write: 1n }
  }
}

const QEMU: Hest = { ...HEADER, sources: [qemuSource(0, NOTIFY.SEA), qemuSource(1, NOTIFY.GPIO)] }

/** The table with a checksum that fits its bytes again. */
function summed(table: Uint8Array): Uint8Array {
  const copy = table.slice()
  copy[9] = 0
  copy[9] = -acpiSum(copy) & 0xff
  return copy
}

void t.test('the HEST of QEMU virt, byte for byte, checksum included', async (t) => {
  t.strictSame(decodeHest(QEMU_HEST), QEMU)
  t.equal(hexOf(encodeHest(QEMU)), hexOf(QEMU_HEST))
  t.equal(acpiSum(QEMU_HEST), 0)
})

void t.test('one source is 132 bytes as in QEMU before 10.2', async (t) => {
  t.equal(encodeHest({ ...HEADER, sources: [qemuSource(0, NOTIFY.SEA)] }).length, 0x84)
})

void t.test('a table that breaks a rule is refused where it breaks it', async (t) => {
  const CASES = [
    ['signature', patched(QEMU_HEST, 0, '58'), 0],
    ['a length beyond the bytes', patched(QEMU_HEST, 4, 'e1'), 0],
    ['a length below a header', patched(QEMU_HEST, 4, '23'), 4],
    ['checksum', patched(QEMU_HEST, 9, '6d'), 9],
    ['an unknown type', summed(patched(QEMU_HEST, 40, '03')), 40],
    ['a reserved type', summed(patched(QEMU_HEST, 132, '0c')), 132],
    ['more sources than bytes', summed(patched(QEMU_HEST, 36, '03')), 224],
    ['a source that runs past the table', summed(patched(QEMU_HEST.subarray(0, 220), 4, 'dc')), 132]
  ] as const
  for (const [what, bytes, offset] of CASES) t.throws(() => decodeHest(bytes), formatError(offset), what)
})

void t.test('the walk judges nothing and says where it cannot go on', async (t) => {
  const steps = (table: Uint8Array): unknown[] =>
    [...walkHest(table)].map(({ offset, type, size, fits }) => [offset, type, size, fits])

  t.strictSame(steps(patched(QEMU_HEST, 0, '58 58 58 58')), [
    [40, 10, 92, true],
    [132, 10, 92, true]
  ])
  t.strictSame(steps(patched(QEMU_HEST, 132, '03')), [
    [40, 10, 92, true],
    [132, 3, undefined, false]
  ])
  t.strictSame(steps(QEMU_HEST.subarray(0, 200)), [
    [40, 10, 92, true],
    [132, 10, 92, false]
  ])
  t.strictSame(steps(patched(QEMU_HEST, 36, '03')).at(-1), [224, 0, 2, false], 'the count promises one more')
  t.throws(() => [...walkHest(QEMU_HEST.subarray(0, 39))], formatError(0))
})

void t.test('sources of other types keep their bytes', async (t) => {
  const aer = { type: 6, bytes: new Uint8Array(48) }
  aer.bytes[0] = 6
  const mce = { type: 0, bytes: new Uint8Array(40 + 2 * 28) }
  mce.bytes[32] = 2
  const hest: Hest = { ...HEADER, sources: [mce, aer, qemuSource(0, NOTIFY.SEA)] }

  const decoded = decodeHest(encodeHest(hest))

  t.strictSame(decoded, hest)
  t.strictSame(decoded.sources.map(isGhes), [false, false, true])
  t.equal(hestSourceName(6), 'PCIe root port AER')
  t.equal(hestSourceName(3), undefined)
})

void t.test('tables of real machines are rebuilt with the checksums that were printed', async (t) => {
  const tables = [
    ['Altra, one socket', ALTRA_HEST, 500, 0x7a],
    ['Altra, two sockets', ALTRA_HEST_2P, 776, undefined],
    ['Phytium S5000C', S5000C_HEST, 592, undefined],
    ['Arm reference design', REFINFRA_HEST, 224, 0x6b]
  ] as const
  for (const [what, table, length, checksum] of tables) {
    t.equal(table.length, length, what)
    if (checksum !== undefined) t.equal(table[9], checksum, what)
    t.equal(hexOf(encodeHest(decodeHest(table))), hexOf(table), what)
  }
})

void t.test('a length byte other than 28, and what the count leaves out, are kept', async (t) => {
  for (const table of [
    summed(patched(QEMU_HEST, 73, '5c')),
    summed(patched(QEMU_HEST, 36, '01')),
    summed(patched(QEMU_HEST, 36, '00'))
  ]) {
    const { rest, ...hest } = decodeHest(table)
    const count = new DataView(table.buffer, table.byteOffset).getUint32(36, true)

    t.equal(hest.sources.length, count)
    t.equal(rest?.length ?? 0, (2 - count) * 92)
    t.equal(hexOf(encodeHest({ ...hest, ...(rest === undefined ? {} : { rest }) })), hexOf(table))
  }
})

void t.test('values that do not fit are refused', async (t) => {
  const encode = (source: Partial<GhesSource>): Uint8Array =>
    encodeHest({ ...HEADER, sources: [{ ...qemuSource(0, NOTIFY.SEA), ...source } as GhesSource] })

  t.throws(() => encode({ sourceId: 0x10000 }), formatError(42))
  t.throws(() => encode({ errorStatusAddress: memoryRegister(1n << 64n) }), formatError(64))
  t.throws(() => encodeHest({ ...HEADER, oemId: 'TOO LONG', sources: [] }), formatError(10))
})

void t.test('what is encoded is decoded', async (t) => {
  const gas = record({ space: u8, bitWidth: u8, bitOffset: u8, accessSize: u8, address: u64 })
  const notification = record({
    type: u8,
    configurationWriteEnable: u16,
    pollInterval: u32,
    vector: u32,
    switchToPollingThresholdValue: u32,
    switchToPollingThresholdWindow: u32,
    errorThresholdValue: u32,
    errorThresholdWindow: u32
  })
  const common = {
    sourceId: u16,
    relatedSourceId: u16,
    flags: u8,
    enabled: u8,
    recordsToPreallocate: u32,
    maxSectionsPerRecord: u32,
    maxRawDataLength: u32,
    errorStatusAddress: gas,
    notification,
    errorStatusBlockLength: u32
  }
  const source: fc.Arbitrary<GhesSource> = fc.oneof(
    record({ type: fc.constant(GHES_TYPE), ...common }),
    record({
      type: fc.constant(GHES_V2_TYPE),
      ...common,
      readAck: record({ register: gas, preserve: u64, write: u64 })
    })
  )

  fc.assert(
    fc.property(fc.array(source, { maxLength: 4 }), (sources) =>
      isDeepStrictEqual(decodeHest(encodeHest({ ...HEADER, sources })), { ...HEADER, sources })
    )
  )
  t.equal(NOTIFY_NAME[NOTIFY.SDEI], 'Software Delegated Exception')
})
