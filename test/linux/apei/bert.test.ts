import t from 'tap'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { bertInit } from '../../../shared/linux/apei/bert.ts'
import { block, blockOf, ghesMachine, memorySection, section } from './ghes-machine.ts'

const VENDOR = '11223344-5566-7788-99aa-bbccddeeff00'
const { recoverable, corrected } = SEVERITY

/** A BERT whose region is the block of source 1. */
function bert(length: number): Uint8Array {
  const table = new Uint8Array(48)
  const view = new DataView(table.buffer)
  view.setUint32(36, length, true)
  view.setBigUint64(40, blockOf(1), true)
  return table
}

void t.test('BERT records are printed and marked as read, and nothing else happens', async (t) => {
  const machine = ghesMachine()
  const record = block(recoverable, [memorySection({ physicalAddress: 0x4800_0000n })])
  machine.write(blockOf(1), record)
  machine.write(blockOf(1) + BigInt(record.length), record)

  bertInit(machine.k, bert(1000))

  t.strictSame(machine.lines(), [
    'BERT: Error records from previous boot:',
    ...Array.from({ length: 2 }, () => [
      '[Hardware Error]: event severity: recoverable',
      '[Hardware Error]:  Error 0, type: recoverable',
      '[Hardware Error]:   section_type: memory error',
      '[Hardware Error]:   physical_address: 0x0000000048000000'
    ]).flat(),
    'BERT: Total records found: 2'
  ])
  t.equal(machine.blockStatus(1), 0)
  t.strictSame(machine.queued(), [])
  t.strictSame(machine.traces(), [])
})

void t.test('of BERT five records of less than 1024 bytes are printed, the rest is counted', async (t) => {
  const machine = ghesMachine()
  const small = block(corrected, [])
  const large = block(corrected, [section(VENDOR, new Uint8Array(1000))])
  let at = blockOf(1)
  for (const record of [large, ...Array.from({ length: 7 }, () => small)]) {
    machine.write(at, record)
    at += BigInt(record.length)
  }

  bertInit(machine.k, bert(0xc00))

  t.equal(machine.lines().filter((line) => line.includes('event severity')).length, 5)
  t.strictSame(machine.lines().slice(-2), [
    'BERT: [Hardware Error]: Skipped 3 error records',
    'BERT: Total records found: 8'
  ])
})

void t.test('a BERT that is wrong says so and goes no further', async (t) => {
  const lines = (table: Uint8Array, record: Uint8Array): string[] => {
    const machine = ghesMachine()
    machine.write(blockOf(1), record)
    bertInit(machine.k, table)
    return machine.lines()
  }
  const record = block(recoverable, [memorySection({ physicalAddress: 0n })])
  const broken = record.slice()
  broken[12] = 100

  t.strictSame(lines(bert(10), record), ['BERT: [Firmware Bug]: table invalid.'])
  t.strictSame(lines(bert(100), record), ['BERT: [Firmware Bug]: Truncated status block (length: 172).'])
  t.strictSame(lines(bert(1000), broken), ['BERT: [Firmware Bug]: Invalid error record.'])
})
