import t from 'tap'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { apeiClaimSea } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import { ackOf, block, blockOf, ghesMachine, memoryRecord, pointerOf, source, SOURCE, VICTIM } from './ghes-machine.ts'

const RECORD = memoryRecord(0x4800_0000n)
const POLLED = SOURCE.POLLED

/** The record with 32-bit words of its header or first section changed. */
function changed(words: Readonly<Record<number, number>>, record = RECORD): Uint8Array {
  const copy = record.slice()
  const view = new DataView(copy.buffer)
  for (const [offset, value] of Object.entries(words)) view.setUint32(Number(offset), value, true)
  return copy
}
const RAW_OFFSET = 4
const RAW_LENGTH = 8
const DATA_LENGTH = 12
const SECTION_LENGTH = 20 + 24

const TRUNCATED = '[Firmware Warn]: GHES: Truncated error status block!'
const TOO_LONG = '[Firmware Warn]: GHES: Invalid error status block length!'
const HEADER = '[Firmware Warn]: GHES: Invalid CPER header!'
const SECTIONS = '[Firmware Warn]: GHES: Failed to read error status block!'

const CASES: readonly (readonly [what: string, record: Uint8Array, line: string | undefined])[] = [
  ['as it should be', RECORD, undefined],
  ['no sections at all', block(SEVERITY.recoverable, []), undefined],
  ['a length that wraps below the header', changed({ [DATA_LENGTH]: 0xffffffff }), TRUNCATED],
  ['raw data that end within the header', changed({ [RAW_OFFSET]: 8, [RAW_LENGTH]: 8 }), TRUNCATED],
  ['a length above the block length of the source', changed({ [DATA_LENGTH]: 0xc00 - 20 + 1 }), TOO_LONG],
  ['sections shorter than a section header', changed({ [DATA_LENGTH]: 63 }), HEADER],
  ['raw data over the sections', changed({ [RAW_OFFSET]: 100, [RAW_LENGTH]: 72 }), HEADER],
  ['sections that end in the middle of one', changed({ [DATA_LENGTH]: 100 }), SECTIONS],
  ['a section longer than the rest', changed({ [SECTION_LENGTH]: 200 }), SECTIONS],
  ['a section shorter than the rest', changed({ [SECTION_LENGTH]: 72 }), SECTIONS],
  ['bytes left over behind the sections', changed({ [SECTION_LENGTH]: 0x18 }), SECTIONS],
  ['a section length near 4 GiB', changed({ [SECTION_LENGTH]: 0xffffffff }), SECTIONS],
  ['raw data behind the sections', changed({ [RAW_OFFSET]: 172, [RAW_LENGTH]: 64 }), undefined],
  ['a raw data offset without raw data', changed({ [RAW_OFFSET]: 1 }), undefined]
]

for (const [what, record, line] of CASES) {
  void t.test(
    `a block with ${what} is ${line === undefined ? 'taken' : 'dropped, cleared and acknowledged'}`,
    async (t) => {
      const machine = ghesMachine()
      machine.put(POLLED, record)

      const rc = ghesPoll(machine.k, POLLED)

      t.strictSame(
        machine.lines().filter((text) => text.includes('Firmware Warn')),
        line === undefined ? [] : [line]
      )
      t.equal(rc, line === undefined ? 0 : -5)
      t.equal(machine.blockStatus(POLLED), 0)
      t.equal(machine.u64(ackOf(POLLED)), 1n)
      if (line !== undefined) t.strictSame(machine.queued(), [])
    }
  )
}

void t.test('A12: SEA with sections that do not add up is cleared, acknowledged and not claimed', async (t) => {
  for (const record of [changed({ [DATA_LENGTH]: 100 }), changed({ [DATA_LENGTH]: 0x10000 })]) {
    const machine = ghesMachine()
    machine.put(SOURCE.SEA, record)

    const result = apeiClaimSea(machine.k, VICTIM)

    t.strictSame(result, { claimed: false, queued: false })
    t.equal(machine.blockStatus(SOURCE.SEA), 0)
    t.equal(machine.u64(ackOf(SOURCE.SEA)), 1n)
    t.strictSame(machine.signals, [])
  }
})

void t.test('A19: a poll that finds Block Status 0 leaves the acknowledge alone', async (t) => {
  const machine = ghesMachine()
  machine.setU64(ackOf(POLLED), 0xdeadn)

  const rc = ghesPoll(machine.k, POLLED)

  t.equal(rc, -2)
  t.equal(machine.u64(ackOf(POLLED)), 0xdeadn)
  t.strictSame(machine.lines(), [])
})

void t.test('a block address of 0 is no record, and the record is found once the address is back', async (t) => {
  const machine = ghesMachine()
  machine.put(POLLED, RECORD)
  machine.setU64(pointerOf(POLLED), 0n)

  t.equal(ghesPoll(machine.k, POLLED), -2)
  t.equal(machine.blockStatus(POLLED), 1)
  t.equal(machine.u64(ackOf(POLLED)), 0n)

  machine.setU64(pointerOf(POLLED), blockOf(POLLED))
  t.equal(ghesPoll(machine.k, POLLED), 0)
  t.equal(machine.u64(ackOf(POLLED)), 1n)
})

void t.test('a register or a block that nobody answers for is an error, not an acknowledge', async (t) => {
  const sources = [source(1, NOTIFY.polled, { errorStatusAddress: memoryRegister(0x10n) }), source(2, NOTIFY.polled)]
  const machine = ghesMachine({}, { sources })
  machine.setU64(pointerOf(2), 0x20n)

  t.equal(ghesPoll(machine.k, 1), -5)
  t.equal(ghesPoll(machine.k, 2), -5)

  t.strictSame(machine.lines(), [
    '[Firmware Warn]: GHES: Failed to read error status block address for hardware error source: 1.'
  ])
  t.equal(machine.steps('ghes.block-unreadable').length, 1)
})

void t.test('only the four bytes of Block Status are cleared', async (t) => {
  const machine = ghesMachine()
  machine.put(POLLED, RECORD)

  ghesPoll(machine.k, POLLED)

  t.strictSame(machine.read(blockOf(POLLED) + 4n, RECORD.length - 4), RECORD.slice(4))
})

void t.test('the acknowledge keeps the preserved bits and sets the written ones, both at the bit offset', async (t) => {
  const acknowledged = (register: object, preserve: bigint, write: bigint, before: bigint): bigint => {
    const readAck = { register: { ...memoryRegister(ackOf(1)), ...register }, preserve, write }
    const machine = ghesMachine({}, { sources: [source(1, NOTIFY.polled, { readAck })] })
    machine.put(1, RECORD, before)
    ghesPoll(machine.k, 1)
    return machine.u64(ackOf(1))
  }

  t.equal(acknowledged({}, 0xfffffffffffffffen, 1n, 0xa5a5a5a5a5a5a5a4n), 0xa5a5a5a5a5a5a5a5n)
  t.equal(acknowledged({}, 0n, 1n, 0xa5a5n), 1n, 'nothing preserved')
  t.equal(acknowledged({ bitWidth: 8, bitOffset: 4 }, 0xe0n, 0x1n, 0xff0fn), (0xe10n & 0xff0fn) | 0x10n, 'shifted')
  t.equal(
    acknowledged({ bitWidth: 32, accessSize: 3 }, 0xfffffffen, 1n, 0x1111_1111_2222_2222n),
    0x1111_1111_2222_2223n,
    'a 32-bit register leaves its neighbour alone'
  )
})

void t.test('the journal hears of read, clear and acknowledge in the order they happen', async (t) => {
  const machine = ghesMachine()
  machine.put(POLLED, RECORD)

  ghesPoll(machine.k, POLLED)

  const steps = machine.events.flatMap((event) => (event.type === 'step' ? [event.name] : []))
  t.strictSame(steps, ['ghes.validated', 'ghes.queued', 'ghes.cleared', 'ghes.acknowledged'])
  t.match(machine.steps('ghes.acknowledged'), [{ source: POLLED, before: '0x0', after: '0x1' }])
})

void t.test('the same warning is printed ten times in five seconds', async (t) => {
  const machine = ghesMachine()
  const poll = (): void => {
    machine.put(POLLED, changed({ [DATA_LENGTH]: 100 }))
    ghesPoll(machine.k, POLLED)
  }

  for (let i = 0; i < 12; i++) poll()
  t.equal(machine.lines().length, 10)

  machine.now += 5.1e9
  machine.clear()
  poll()
  t.strictSame(machine.lines(), ['__ghes_read_estatus: 2 callbacks suppressed', SECTIONS])
})
