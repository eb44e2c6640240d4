import t from 'tap'
import { qemuMemoryErrorRecord } from '../../services/vmm/telling/memory-error-record.ts'
import { decodeHest } from '../../shared/formats/hest.ts'
import { ACK as REFERENCE_ACK, ar, BLOB, eintr, GPA, HEST, HVA, notes, sends, withVm } from './runner.ts'

/**
 * What the guest of a QEMU finds in its memory, byte for byte: QEMU 10.2 hw/acpi/ghes.c, build_ghes_error_table,
 * ghes_record_cper_errors and acpi_build_hest; tests/data/acpi/aarch64/virt/HEST.
 */

const hex = (text: string) => Uint8Array.fromHex(text.replace(/\s/g, ''))
const asQemu = () => ({ action: 'inject-sea', record: true, because: 'as QEMU' })

/** QEMU's tests/data/acpi/aarch64/virt/HEST, blob at 0x43da0000. */
const TWO_SOURCES = hex(`
  48 45 53 54 e0 00 00 00 01 6c 42 4f 43 48 53 20
  42 58 50 43 20 20 20 20 01 00 00 00 42 58 50 43
  01 00 00 00 02 00 00 00 0a 00 00 00 ff ff 00 01
  01 00 00 00 01 00 00 00 00 04 00 00 00 40 00 04
  00 00 da 43 00 00 00 00 08 1c 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 04 00 00 00 40 00 04 10 00 da 43
  00 00 00 00 fe ff ff ff ff ff ff ff 01 00 00 00
  00 00 00 00 0a 00 01 00 ff ff 00 01 01 00 00 00
  01 00 00 00 00 04 00 00 00 40 00 04 08 00 da 43
  00 00 00 00 07 1c 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 04 00 00 00 40 00 04 18 00 da 43 00 00 00 00
  fe ff ff ff ff ff ff ff 01 00 00 00 00 00 00 00`)

/** The record for 0x40200000, up to where only zeroes follow. */
const RECORD_START = hex(`
  01 00 00 00 00 00 00 00 00 00 00 00 98 00 00 00
  00 00 00 00 14 11 bc a5 64 6f de 4e b8 63 3e 83
  ed 7c 83 b1 00 00 00 00 00 03 00 00 50 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 02 40 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 20 40`)
const RECORD_LENGTH = 172
const RECORD = new Uint8Array(RECORD_LENGTH)
RECORD.set(RECORD_START)

void t.test('the HEST of virt-10.2 and later has two sources, 224 bytes', (t) => {
  for (const profile of ['qemu-10.2', 'qemu-11.0']) {
    const runner = withVm({}, { profile })

    t.strictSame(runner.peek(HEST, TWO_SOURCES.length), TWO_SOURCES, profile)
  }
  t.end()
})

void t.test('the HEST of virt-10.1 and older has one source, 132 bytes', (t) => {
  for (const setup of [{ profile: 'qemu-10.0' }, { profile: 'qemu-10.2', machineType: 'virt-10.1' }]) {
    const runner = withVm({}, setup)
    const table = runner.peek(HEST, 132)

    t.match(decodeHest(table), { sources: [{ sourceId: 0, notification: { type: 8 } }] })
    t.equal(new DataView(table.buffer).getUint32(4, true), 132)
    t.strictSame(table.subarray(40, 72), TWO_SOURCES.subarray(40, 72), 'as the first source of two')
    t.equal(table[108], 0x08, 'its acknowledgement is the second cell')
  }
  t.end()
})

void t.test('etc/hardware_errors: N pointers, N acknowledgements of 1, N blocks of 1 KiB', (t) => {
  for (const [profile, sources] of [
    ['qemu-10.0', 1],
    ['qemu-10.2', 2]
  ] as const) {
    const runner = withVm({}, { profile })
    const cells = new DataView(runner.peek(BLOB, 16 * sources).buffer)

    for (let i = 0; i < sources; i++) {
      const block = BLOB + BigInt(16 * sources + 1024 * i)
      t.equal(cells.getBigUint64(8 * i, true), block, profile)
      t.equal(cells.getBigUint64(8 * (sources + i), true), 1n, profile)
    }
    t.equal(sends(runner.effects, 'memory.write').length, 2)
    t.match(sends(runner.effects, 'memory.write')[0]?.data, { bytes: { length: 1040 * sources } })
  }
  t.end()
})

void t.test('the record is the 172 bytes of QEMU', (t) => {
  t.strictSame(qemuMemoryErrorRecord(0x4020_0000n), RECORD)
  t.end()
})

void t.test('a record leaves the rest of the block as it was', (t) => {
  for (const [profile, ack, block] of [
    ['qemu-10.0', BLOB + 8n, BLOB + 16n],
    ['qemu-10.2', BLOB + 16n, BLOB + 32n]
  ] as const) {
    const runner = withVm({ policy: asQemu }, { profile })
    const stale = new Uint8Array(1024 - RECORD_LENGTH).fill(0xa5)
    runner.poke(block + BigInt(RECORD_LENGTH), stale)

    runner.post('signal.deliver', ar(HVA + (0x4020_0000n - GPA)))
    runner.post('kvm.exit', eintr())

    t.strictSame(runner.peek(block, RECORD_LENGTH), RECORD, profile)
    t.strictSame(runner.peek(block + BigInt(RECORD_LENGTH), stale.length), stale, profile)
    t.strictSame(runner.peek(ack, 8), new Uint8Array(8), profile)
  }
  t.not(REFERENCE_ACK.sea, BLOB + 16n, 'the reference VMM has another layout')
  t.end()
})

void t.test('the guest is trusted: whatever its HEST says is where the record goes', (t) => {
  const elsewhere = 0x4100_0000n
  const runner = withVm({ policy: asQemu }, { profile: 'qemu-10.2' })
  const cell = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer)
  runner.poke(HEST + 40n + 24n, cell(elsewhere))
  runner.poke(HEST + 40n + 68n, cell(elsewhere + 8n))
  runner.poke(elsewhere, cell(elsewhere + 0x1000n))
  runner.poke(elsewhere + 8n, cell(1n))

  runner.post('signal.deliver', ar(HVA + 0x1000n))
  const effects = runner.post('kvm.exit', eintr())

  t.match(notes(effects, 'record.written'), [{ source: 0, block: elsewhere + 0x1000n }])
  t.strictSame(runner.peek(elsewhere + 8n, 8), new Uint8Array(8))
  t.end()
})

void t.test('a HEST that the walk does not understand ends QEMU on AR', (t) => {
  const broken: readonly (readonly [string, bigint, readonly number[], RegExp])[] = [
    ['a source of type 9', HEST + 40n, [9], /HEST: type 9/],
    ['no such source id', HEST + 42n, [7], /HEST: source 0 was not found/],
    ['no sources at all', HEST + 36n, [0], /HEST: source 0 was not found/]
  ]
  for (const [what, address, bytes, because] of broken) {
    const runner = withVm({ policy: asQemu }, { profile: 'qemu-10.2' })
    runner.poke(address, bytes)

    runner.post('signal.deliver', ar(HVA + 0x1000n))
    const effects = runner.post('kvm.exit', eintr())

    t.equal(runner.vm().run, 'killed', what)
    t.match(runner.vm().because, because, what)
    t.match(sends(effects, 'process.exit')[0]?.data, { signal: 6 }, what)
  }
  t.end()
})
