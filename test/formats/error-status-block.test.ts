import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { errorDataEntryHeaderSize } from '../../shared/formats/error-data-entry.ts'
import {
  decodeBlockStatus,
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  encodeBlockStatus,
  encodeErrorStatusBlock,
  errorStatusLength,
  type ErrorStatusBlock
} from '../../shared/formats/error-status-block.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodeTimestamp, encodeTimestamp } from '../../shared/formats/timestamp.ts'
import { guid, partly, u16, u32, u64, u8 } from './arbitraries.ts'
import { bytesOf, formatError, hexOf, patched, recordedBlock } from './hex.ts'
import { LINUX_MEMORY_BLOCK, QEMU_ARM_BLOCK, QEMU_MEMORY_BLOCK } from './worked-examples.ts'

void t.test('the worked status blocks decode to their fields and encode to the same bytes', async (t) => {
  const CASES = [
    ['QEMU memory error', QEMU_MEMORY_BLOCK, SECTION_TYPE.platformMemory, 80],
    ['QEMU ARM processor error', QEMU_ARM_BLOCK, SECTION_TYPE.processorArm, 72],
    ['Linux memory error', LINUX_MEMORY_BLOCK, SECTION_TYPE.platformMemory, 80]
  ] as const
  for (const [what, bytes, sectionType, size] of CASES) {
    const block = decodeErrorStatusBlock(bytes)

    t.strictSame(
      block,
      {
        blockStatus: 1,
        severity: 0,
        entries: [{ sectionType, severity: 0, revision: 0x300, flags: 0, payload: bytes.subarray(92, 92 + size) }]
      },
      what
    )
    t.equal(hexOf(encodeErrorStatusBlock(block)), hexOf(bytes), `${what} comes back`)
  }
})

void t.test('blocks that real kernels took encode to the same bytes', async (t) => {
  const CASES = [
    ['polled-two-sections', 2],
    ['polled-old-73-byte-section', 1],
    ['polled-vendor-section', 1],
    ['polled-vendor-section-fru', 1],
    ['polled-arm-section-cache-pa', 1],
    ['polled-unknown-severity', 1],
    ['bad-length-zero-data', 0]
  ] as const
  for (const [name, entries] of CASES) {
    const bytes = recordedBlock(name)
    const block = decodeErrorStatusBlock(bytes)

    t.equal(block.entries.length, entries, name)
    t.equal(hexOf(encodeErrorStatusBlock(block)), hexOf(bytes), `${name} comes back`)
  }
})

void t.test('blocks that real kernels refused for their lengths name the field', async (t) => {
  t.throws(
    () => decodeErrorStatusBlock(recordedBlock('bad-length-short-of-section')),
    formatError(92, 'Error Data Length: the payload takes 80 bytes')
  )
  t.throws(() => decodeErrorStatusBlock(recordedBlock('bad-length-too-long')), formatError(20))
})

void t.test('a FRU text is there only with its validation bit', async (t) => {
  const marked = recordedBlock('polled-vendor-section-fru')
  const unmarked = patched(marked, 20 + 22, '00')

  const [entry] = decodeErrorStatusBlock(marked).entries
  const [other] = decodeErrorStatusBlock(unmarked).entries

  t.equal(entry?.fruText, 'DIMM_A1')
  t.equal(entry?.fruId, undefined)
  t.equal(other?.fruText, undefined)
  t.strictSame(other?.unvalidated, { fruText: 'DIMM_A1' }, 'the text is kept apart')
  t.equal(hexOf(encodeErrorStatusBlock(decodeErrorStatusBlock(unmarked))), hexOf(unmarked))
})

void t.test('what follows the NUL of a FRU text is kept until the text reaches it', async (t) => {
  const bytes = patched(recordedBlock('polled-vendor-section-fru'), 20 + 44 + 10, '58 59')

  const block = decodeErrorStatusBlock(bytes)
  const [entry] = block.entries
  if (entry === undefined) throw new Error('no entry')
  const text = (fruText: string) =>
    encodeErrorStatusBlock({ ...block, entries: [{ ...entry, fruText }] }).subarray(20 + 44, 20 + 64)

  t.equal(entry.fruText, 'DIMM_A1')
  t.strictSame(entry.kept, [{ offset: 54, bytes: bytesOf('58 59') }])
  t.equal(hexOf(encodeErrorStatusBlock(block)), hexOf(bytes))
  t.equal(Buffer.from(text('A')).toString('latin1'), 'A'.padEnd(10, '\0') + 'XY'.padEnd(10, '\0'))
  t.equal(Buffer.from(text('A longer one')).toString('latin1'), 'A longer one'.padEnd(20, '\0'))
})

void t.test('the revision decides the header: 64 bytes, 72 from 0x300 on', async (t) => {
  for (const [revision, size] of [
    [0x0100, 64],
    [0x0201, 64],
    [0x02ff, 64],
    [0x0300, 72],
    [0x0400, 72]
  ] as const) {
    const block: ErrorStatusBlock = {
      blockStatus: 1,
      severity: 0,
      entries: [{ sectionType: SECTION_TYPE.platformMemory, severity: 0, revision, flags: 0, payload: bytesOf('aabb') }]
    }

    const bytes = encodeErrorStatusBlock(block)

    t.equal(errorDataEntryHeaderSize(revision), size)
    t.equal(bytes.length, 20 + size + 2)
    t.strictSame(decodeErrorStatusBlock(bytes), block)
  }
})

void t.test('a timestamp needs the 72-byte header', async (t) => {
  const entry = { sectionType: SECTION_TYPE.platformMemory, severity: 0, flags: 0, payload: new Uint8Array() }
  const block = (revision: number): ErrorStatusBlock => ({
    blockStatus: 1,
    severity: 0,
    entries: [{ ...entry, revision, timestamp: 1n }]
  })

  t.equal(decodeErrorStatusBlock(encodeErrorStatusBlock(block(0x300))).entries[0]?.timestamp, 1n)
  t.throws(() => encodeErrorStatusBlock(block(0x201)), formatError(20, 'a timestamp needs revision 0x300 or later'))
})

void t.test('a timestamp is BCD, least significant byte first', async (t) => {
  const time = { year: 2025, month: 11, day: 30, hours: 23, minutes: 59, seconds: 7, precise: true }

  const word = encodeTimestamp(time)

  t.equal(word, 0x20_25_11_30_01_23_59_07n)
  t.strictSame(decodeTimestamp(word), time)
  t.throws(() => decodeTimestamp(0x0an), formatError(0))
  t.throws(() => encodeTimestamp({ ...time, minutes: 100 }), formatError(1))
})

void t.test('block status bits', async (t) => {
  t.strictSame(decodeBlockStatus(0x11), {
    uncorrectable: true,
    correctable: false,
    multipleUncorrectable: false,
    multipleCorrectable: false,
    entryCount: 1
  })
  t.equal(encodeBlockStatus({ multipleCorrectable: true, correctable: true, entryCount: 0x3ff }), 0x3ffa)
  t.throws(() => encodeBlockStatus({ entryCount: 1024 }), FormatError)
})

void t.test('the length of a block is where its raw data end, or else its entries', async (t) => {
  const header = { blockStatus: 1, rawDataOffset: 0x300, rawDataLength: 0x10, dataLength: 0x98, severity: 0 }

  t.equal(errorStatusLength(header), 0x310)
  t.equal(errorStatusLength({ ...header, rawDataLength: 0 }), 0xac)
})

void t.test('raw data follow the entries, or the bytes between them', async (t) => {
  const rawData = bytesOf('010203')
  const { entries } = decodeErrorStatusBlock(QEMU_MEMORY_BLOCK)

  const behind = encodeErrorStatusBlock({ blockStatus: 1, severity: 0, entries, rawData })
  const gap = new Uint8Array(0x100 - 172).fill(0xee)
  const apart = encodeErrorStatusBlock({ blockStatus: 1, severity: 0, entries, rawData, gap })

  t.equal(decodeErrorStatusHeader(behind).rawDataOffset, 172)
  t.strictSame(decodeErrorStatusBlock(behind).rawData, rawData)
  t.equal(apart.length, 0x103)
  t.strictSame(decodeErrorStatusBlock(apart), { blockStatus: 1, severity: 0, entries, rawData, gap })
  const [entry] = entries
  if (entry === undefined) throw new Error('no entry')
  const longer = [{ ...entry, payload: Uint8Array.of(...entry.payload, 5) }]
  const moved = encodeErrorStatusBlock({ ...decodeErrorStatusBlock(apart), entries: longer })
  t.equal(moved.length, 0x104, 'a payload that grows moves what follows it')
  t.equal(hexOf(moved.subarray(172)), `05${hexOf(apart.subarray(172))}`)
  t.throws(
    () => encodeErrorStatusBlock({ blockStatus: 1, severity: 0, entries, rawData, rawDataOffset: 171 }),
    formatError(4)
  )
  t.throws(() => decodeErrorStatusBlock(patched(behind, 4, 'ab 00 00 00')), formatError(4))
})

void t.test('a raw data offset without raw data is kept, as TF-A writes it', async (t) => {
  const bytes = patched(QEMU_MEMORY_BLOCK, 4, '5c 00 00 00')

  const block = decodeErrorStatusBlock(bytes)

  t.equal(block.rawDataOffset, 92)
  t.equal(block.rawData, undefined)
  t.equal(hexOf(encodeErrorStatusBlock(block)), hexOf(bytes))
})

void t.test('bytes behind the block are not looked at', async (t) => {
  const buffer = new Uint8Array(1024).fill(0xff)
  buffer.set(QEMU_MEMORY_BLOCK)

  t.strictSame(decodeErrorStatusBlock(buffer), decodeErrorStatusBlock(QEMU_MEMORY_BLOCK))
})

void t.test('what is encoded is decoded', async (t) => {
  const entry = partly(
    {
      sectionType: guid,
      severity: u32,
      revision: u16.map((revision) => revision | 0x300),
      flags: u8,
      payload: fc.uint8Array({ maxLength: 100 })
    },
    { fruId: guid, fruText: fc.stringMatching(/^[ -~]{1,20}$/), timestamp: u64 }
  )
  const block = partly(
    { blockStatus: u32, severity: u32, entries: fc.array(entry, { maxLength: 4 }) },
    { rawData: fc.uint8Array({ minLength: 1, maxLength: 50 }) }
  )

  fc.assert(
    fc.property(block, (value) => isDeepStrictEqual(decodeErrorStatusBlock(encodeErrorStatusBlock(value)), value))
  )
  t.pass()
})
