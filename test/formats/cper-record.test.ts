import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { cperRecordToStatusBlock, detectContainer, statusBlockOf } from '../../shared/formats/container.ts'
import { decodeCperRecord, encodeCperRecord } from '../../shared/formats/cper-record.ts'
import {
  decodeBlockStatus,
  decodeErrorStatusBlock,
  encodeErrorStatusBlock
} from '../../shared/formats/error-status-block.ts'
import { NIL_GUID, NOTIFICATION_TYPE, SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { guid, partly, u16, u32, u64 } from './arbitraries.ts'
import { formatError, hexOf, patched } from './hex.ts'
import { CPER_RECORD, QEMU_MEMORY_BLOCK } from './worked-examples.ts'

void t.test('the worked CPER record decodes to its fields and encodes to the same bytes', async (t) => {
  const record = decodeCperRecord(CPER_RECORD)

  t.strictSame(record, {
    revision: 0x0101,
    severity: 0,
    creatorId: NIL_GUID,
    notificationType: NOTIFICATION_TYPE.SEA,
    recordId: 1n,
    flags: 0,
    persistenceInformation: 0n,
    sections: [
      {
        sectionType: SECTION_TYPE.platformMemory,
        revision: 0x0300,
        flags: 1,
        severity: 0,
        body: CPER_RECORD.subarray(200)
      }
    ]
  })
  t.equal(hexOf(encodeCperRecord(record)), hexOf(CPER_RECORD))
})

void t.test('a CPER record and a status block are told apart by their first bytes', async (t) => {
  t.equal(detectContainer(CPER_RECORD), 'cper-record')
  t.equal(detectContainer(QEMU_MEMORY_BLOCK), 'error-status-block')
  t.throws(() => detectContainer(CPER_RECORD.subarray(0, 3)), formatError(0))
})

void t.test('a CPER record becomes the block that firmware would publish', async (t) => {
  const block = cperRecordToStatusBlock(decodeCperRecord(CPER_RECORD))

  t.strictSame(block, {
    blockStatus: 0x11,
    severity: 0,
    entries: [
      {
        sectionType: SECTION_TYPE.platformMemory,
        severity: 0,
        revision: 0x300,
        flags: 1,
        payload: CPER_RECORD.subarray(200)
      }
    ]
  })
  const published = decodeErrorStatusBlock(encodeErrorStatusBlock(block))
  t.strictSame(decodeMemorySection(published.entries[0]?.payload ?? new Uint8Array()), {
    physicalAddress: 0x40200000n,
    errorType: 0
  })
  t.strictSame(statusBlockOf(CPER_RECORD), block)
  t.strictSame(statusBlockOf(QEMU_MEMORY_BLOCK), decodeErrorStatusBlock(QEMU_MEMORY_BLOCK))
})

void t.test('every severity leaves a block status that says a record is there', async (t) => {
  const record = decodeCperRecord(CPER_RECORD)
  for (const [severity, uncorrectable] of [
    [0, true],
    [1, true],
    [2, false],
    [3, false]
  ] as const) {
    const { blockStatus } = cperRecordToStatusBlock({ ...record, severity })

    t.match(decodeBlockStatus(blockStatus), { uncorrectable, correctable: !uncorrectable, entryCount: 1 })
  }
})

void t.test("the record's time and the section's FRU go to the entry", async (t) => {
  const record = decodeCperRecord(CPER_RECORD)
  const [section] = record.sections
  if (section === undefined) throw new Error('no section')

  const { entries } = cperRecordToStatusBlock({
    ...record,
    timestamp: 5n,
    sections: [{ ...section, fruText: 'DIMM_A1' }]
  })

  t.equal(entries[0]?.timestamp, 5n)
  t.equal(entries[0]?.fruText, 'DIMM_A1')
  t.equal(entries[0]?.fruId, undefined)
})

void t.test('of a FRU, what is not marked valid and what follows the NUL go to the entry too', async (t) => {
  const bytes = patched(patched(CPER_RECORD, 128 + 32, '01 02'), 128 + 52, '41 00 42')

  const [entry] = cperRecordToStatusBlock(decodeCperRecord(bytes)).entries

  t.strictSame(entry?.unvalidated, { fruId: '00000201-0000-0000-0000-000000000000', fruText: 'A' })
  t.strictSame(entry?.kept, [{ offset: 46, bytes: Uint8Array.of(0x42) }])
})

void t.test('a record that breaks a rule is refused where it breaks it', async (t) => {
  const CASES = [
    ['signature', patched(CPER_RECORD, 0, '58'), 0],
    ['signature end', patched(CPER_RECORD, 9, '00'), 6],
    ['no sections', patched(CPER_RECORD, 10, '00'), 10],
    ['length below the descriptors', patched(CPER_RECORD, 20, 'c7 00'), 20],
    ['length beyond the bytes', patched(CPER_RECORD, 20, '19'), 0],
    ['a section behind the record', patched(CPER_RECORD, 128, 'c9'), 201],
    ['a section length', patched(CPER_RECORD, 132, '51'), 200]
  ] as const
  for (const [what, bytes, offset] of CASES) t.throws(() => decodeCperRecord(bytes), formatError(offset), what)
})

void t.test('bodies may lie apart, and what is not marked valid is kept apart', async (t) => {
  const record = decodeCperRecord(CPER_RECORD)
  const [section] = record.sections
  if (section === undefined) throw new Error('no section')
  const apart = {
    ...record,
    sections: [{ ...section, gap: new Uint8Array(0x100 - 200).fill(0xee) }],
    unvalidated: { timestamp: 7n },
    slack: new Uint8Array(3).fill(0xdd)
  }

  const bytes = encodeCperRecord(apart)

  t.equal(bytes.length, 0x100 + 80 + 3)
  t.strictSame(decodeCperRecord(bytes), apart)
})

void t.test('a body that grows moves what follows it, and the bytes between bodies with it', async (t) => {
  const record = decodeCperRecord(CPER_RECORD)
  const [one] = record.sections
  if (one === undefined) throw new Error('no section')
  const two = { ...one, gap: Uint8Array.of(1, 2, 3), body: Uint8Array.of(9) }
  const sections = (body: Uint8Array) => [{ ...one, body }, two]
  const slack = Uint8Array.of(0xdd)

  const before = encodeCperRecord({ ...record, sections: sections(one.body), slack })
  const after = encodeCperRecord({ ...record, sections: sections(Uint8Array.of(...one.body, 7, 7)), slack })

  t.equal(hexOf(before.subarray(-5)), '01020309dd')
  t.equal(hexOf(after.subarray(-7)), '070701020309dd')
  t.equal(after.length, before.length + 2)
  t.strictSame(decodeCperRecord(after).sections[1], two)
})

void t.test(
  'bodies in another order than their descriptors, or over one another, come back as they were',
  async (t) => {
    const record = decodeCperRecord(CPER_RECORD)
    const [one] = record.sections
    if (one === undefined) throw new Error('no section')
    const [a, b] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)]
    const sections = [
      { ...one, gap: Uint8Array.of(4, 5), body: a },
      { ...one, offset: 272, body: b }
    ]

    const bytes = encodeCperRecord({ ...record, sections })

    t.strictSame(decodeCperRecord(bytes), { ...record, sections })
    t.equal(hexOf(encodeCperRecord(decodeCperRecord(bytes))), hexOf(bytes))
    const over = [one, { ...one, offset: 272 + 8, body: Uint8Array.of(1) }]
    t.throws(
      () => encodeCperRecord({ ...record, sections: over }),
      formatError(272, 'what lies over a section body has the same bytes')
    )
  }
)

void t.test('what is encoded is decoded', async (t) => {
  const section = partly(
    { sectionType: guid, revision: u16, flags: u32, severity: u32, body: fc.uint8Array({ maxLength: 60 }) },
    { fruId: guid, fruText: fc.stringMatching(/^[ -~]{1,20}$/) }
  )
  const record = partly(
    {
      revision: u16,
      severity: u32,
      creatorId: guid,
      notificationType: guid,
      recordId: u64,
      flags: u32,
      persistenceInformation: u64,
      sections: fc.array(section, { minLength: 1, maxLength: 3 })
    },
    { platformId: guid, timestamp: u64, partitionId: guid }
  )

  fc.assert(fc.property(record, (value) => isDeepStrictEqual(decodeCperRecord(encodeCperRecord(value)), value)))
  t.pass()
})
