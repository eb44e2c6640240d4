import { readFileSync } from 'node:fs'
import t from 'tap'
import { encodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { encodeGuid, SECTION_TYPE } from '../../shared/formats/guid.ts'
import { block, machine, notes, refusal, sent, trace } from './support.ts'

/** QEMU's record of a memory error at 0x40200000: 172 bytes with an entry count of 0. */
const QEMU = record(172, [
  [0, '01000000'],
  [12, '98000000'],
  [20, '1411bca5646fde4eb8633e83ed7c83b1'],
  [40, '0003'],
  [44, '50000000'],
  [92, '0240'],
  [108, '00002040']
])
/** The same error as a UEFI CPER record of 280 bytes. */
const UEFI = record(280, [
  [0, '435045520101ffffffff0100'],
  [20, '18010000'],
  [80, '8a78789ae8bbe411809e67611e5d46b0'],
  [96, '01'],
  [128, 'c8000000500000000003000001000000'],
  [144, '1411bca5646fde4eb8633e83ed7c83b1'],
  [200, '0240'],
  [216, '00002040']
])

function record(length: number, parts: readonly (readonly [number, string])[]): Uint8Array {
  const bytes = new Uint8Array(length)
  for (const [offset, hex] of parts) bytes.set(Uint8Array.fromHex(hex), offset)
  return bytes
}

/** QEMU's record with bytes changed. */
function spoilt(offset: number, hex: string): Uint8Array {
  const bytes = QEMU.slice()
  bytes.set(Uint8Array.fromHex(hex), offset)
  return bytes
}

void t.test('QEMU’s record is published byte for byte', async (t) => {
  const m = machine()

  const effects = m.tell('error-record.submit', { source: 3, bytes: QEMU })

  t.strictSame(trace(effects), ['record.published', 'apei.notify'])
  t.strictSame(sent(effects), [
    { to: 'host-kernel', type: 'apei.notify', data: { source: 3, notify: 'GSIV', vector: 233 } }
  ])
  t.strictSame(m.read(block(3), 172), QEMU)
})

void t.test('the record of a recording of Linux 6.1 is in the polled source’s block as it was there', async (t) => {
  const file = new URL('../fixtures/real-kernel/6.1/polled-anon-early.json', import.meta.url)
  const { input } = JSON.parse(readFileSync(file, 'utf8')) as { input: { source: number; cper: string } }
  const bytes = Uint8Array.fromHex(input.cper)
  const m = machine()

  const effects = m.tell('error-record.submit', { source: input.source, bytes })

  t.strictSame(trace(effects), ['record.published'], 'the OS will come and look')
  t.strictSame(m.read(block(input.source), bytes.length), bytes)
})

void t.test('a UEFI CPER record becomes the status block of the same error', async (t) => {
  const m = machine()

  m.tell('error-record.submit', { source: 1, bytes: UEFI })

  const expected = QEMU.slice()
  expected[0] = 0x11
  expected[43] = 1
  t.strictSame(m.read(block(1), 172), expected, 'with an entry count and the descriptor’s primary flag')
})

const MALFORMED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /the body is empty/],
  ['too short for a header', QEMU.slice(0, 19), /20 bytes/],
  ['cut off', QEMU.slice(0, 171), /at byte/],
  ['no record', spoilt(0, '00'), /at byte 0: a Block Status of 0/],
  ['Data Length short of the section', spoilt(12, '97'), /at byte.*verbatim=true/],
  ['an entry longer than Data Length', spoilt(44, '51'), /at byte.*verbatim=true/],
  ['a UEFI record without sections', UEFI.with(10, 0), /at byte 10(?!.*verbatim)/]
]

void t.test('a malformed record is refused with the offset and the rule, and nothing changes', async (t) => {
  const m = machine()
  const before = m.state
  for (const [what, bytes, detail] of MALFORMED) {
    const effects = m.tell('error-record.submit', { source: 3, bytes })

    t.match(refusal(effects), { code: 'record-malformed', detail }, what)
    t.equal(m.state, before)
  }
})

/** QEMU's record with another body, of this section type. */
function withSection(sectionType: string, body: Uint8Array): Uint8Array {
  const bytes = Uint8Array.of(...QEMU.subarray(0, 92), ...body)
  bytes.set(encodeGuid(sectionType), 20)
  bytes[44] = body.length
  bytes[12] = 72 + body.length
  return bytes
}

const ARM = encodeArmProcessorSection({ midr: 0n, errors: [{ type: 2 }, { type: 2, length: 31 }], contexts: [] })
const ARM_RULE = 'the length of an ARM error information structure is 32 (section e19e3d16-bc11-11e4-9caa-c2051d5d46b0)'

/** What Linux takes, and what there is to say of it. */
const UNSOUND: readonly (readonly [string, Uint8Array, object])[] = [
  ['bytes behind it', Uint8Array.of(...QEMU, 0), { offset: 172, found: '1 more bytes' }],
  ['a count of two with one entry', spoilt(0, '21'), { offset: 0, rule: /Entry Count/, found: '2' }],
  ['a reserved severity', spoilt(16, '04'), { offset: 16, rule: 'Error Severity is 0 to 3', found: '4' }],
  [
    'a memory section of 76 bytes',
    withSection(SECTION_TYPE.platformMemory, QEMU.subarray(92, 168)),
    { offset: 92, rule: /80 bytes \(section a5bc1114/, found: '76' }
  ],
  [
    'a memory section of 82 bytes',
    withSection(SECTION_TYPE.platformMemory, Uint8Array.of(...QEMU.subarray(92), 0, 0)),
    { offset: 92, rule: /ends with its fields/, found: '2 more bytes' }
  ],
  [
    'an odd length of error information',
    withSection(SECTION_TYPE.processorArm, ARM),
    { offset: 92 + 40 + 32 + 1, rule: ARM_RULE, found: '31' }
  ],
  ['no error information', withSection(SECTION_TYPE.processorArm, ARM.with(4, 0)), { offset: 96 }]
]

void t.test('a rule that no OS asks for is noted, and the record is published byte for byte', async (t) => {
  for (const [what, bytes, note] of UNSOUND) {
    const m = machine()

    const effects = m.tell('error-record.submit', { source: 3, bytes })

    t.strictSame(trace(effects), ['record.unsound', 'record.published', 'apei.notify'], what)
    t.match(notes(effects, 'record.unsound'), [{ source: 3, ...note }], what)
    t.strictSame(m.read(block(3), bytes.length), bytes, what)
  }
})

void t.test('verbatim notes nothing, and a sound record has nothing to note', async (t) => {
  const odd = withSection(SECTION_TYPE.processorArm, ARM)

  t.strictSame(trace(machine().tell('error-record.submit', { source: 3, verbatim: true, bytes: odd })), [
    'record.published',
    'apei.notify'
  ])
  t.strictSame(trace(machine().tell('error-record.submit', { source: 3, bytes: QEMU })), [
    'record.published',
    'apei.notify'
  ])
})

void t.test(
  'a UEFI record with an odd section is published as its block, with offsets of the record that came',
  async (t) => {
    const bytes = Uint8Array.of(...UEFI.subarray(0, 200), ...ARM, 1)
    bytes.set(encodeGuid(SECTION_TYPE.processorArm), 144)
    bytes[132] = ARM.length
    new DataView(bytes.buffer).setUint32(20, 200 + ARM.length, true)

    const effects = machine().tell('error-record.submit', { source: 3, bytes })

    t.match(notes(effects, 'record.unsound'), [
      { offset: 200 + 40 + 32 + 1, rule: ARM_RULE },
      { offset: 200 + ARM.length, rule: /Record Length/, found: /not published/ }
    ])
  }
)

void t.test('verbatim publishes what nobody could read', async (t) => {
  const m = machine()

  const effects = m.tell('error-record.submit', { source: 3, verbatim: true, bytes: QEMU.slice(0, 30) })

  t.strictSame(trace(effects), ['record.published', 'apei.notify'])
  t.strictSame(m.read(block(3), 30), QEMU.slice(0, 30))
})

void t.test('a record longer than the block, or for no source, is refused', async (t) => {
  const long = new Uint8Array(0xc01)
  const m = machine()

  const tooLong = m.tell('error-record.submit', { source: 3, verbatim: true, bytes: long })
  const nowhere = m.tell('error-record.submit', { source: 7, bytes: QEMU })

  t.match(refusal(tooLong), { code: 'record-too-long', field: '/bytes' })
  t.match(refusal(nowhere), { code: 'source-unknown', field: '/source', detail: /7.*0, 1, 2, 3, 4, 5, 6/ })
})

void t.test('through an SEA or SEI source nobody takes an exception: it is published and said so', async (t) => {
  for (const source of [0, 5]) {
    const m = machine()

    const effects = m.tell('error-record.submit', { source, bytes: QEMU })

    t.strictSame(trace(effects), ['record.published', 'record.untold'])
    t.strictSame(m.read(block(source), 172), QEMU)
  }
})

void t.test('each submission is a record of its own, even twice the same bytes', async (t) => {
  const m = machine()
  m.tell('error-record.submit', { source: 1, bytes: QEMU })

  const second = m.tell('error-record.submit', { source: 1, bytes: QEMU })

  t.strictSame(trace(second), ['record.held'])
  t.strictSame(trace(m.acknowledge(1)), ['record.published'])
})
