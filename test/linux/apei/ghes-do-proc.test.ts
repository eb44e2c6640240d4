import t from 'tap'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodeMemorySection } from '../../../shared/formats/memory-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { apeiClaimSea } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../../shared/linux/mm/memory-failure-queue.ts'
import { ackOf, block, ghesMachine, memoryRecord, memorySection, section, SOURCE } from './ghes-machine.ts'
import { ACTION_REQUIRED, arm, BUS_WITH_PA, codes, KILLED, PA, PFN, polled, sea, warnings } from './ghes-records.ts'

const SOFT_OFFLINE = 8
const THRESHOLD = 8
const VENDOR = '11223344-5566-7788-99aa-bbccddeeff00'

void t.test('a recoverable memory section of a SEA queues its page with ACTION_REQUIRED', async (t) => {
  const machine = sea(memoryRecord(PA))

  t.strictSame(machine.result, { claimed: true, queued: true })
  t.strictSame(machine.queued(), [{ pfn: PFN, flags: ACTION_REQUIRED }])
  t.strictSame(codes(machine), [])
})

void t.test('A6: a corrected SEA record is claimed, touches no page and sends SIGBUS with SI_KERNEL', async (t) => {
  const machine = sea(memoryRecord(PA, SEVERITY.corrected))

  t.strictSame(machine.result, { claimed: true, queued: false })
  t.strictSame(machine.queued(), [])
  t.strictSame(codes(machine), KILLED)
  t.ok(machine.lines().includes('GHES: victim:100: synchronous unrecoverable error (SIGBUS)'))
})

void t.test('the line about the SIGBUS names the device from 6.12 on', async (t) => {
  const machine = sea(memoryRecord(PA, SEVERITY.corrected), { version: '6.12' })

  const line = 'GHES GHES.0: [Hardware Error]: GHES: victim:100: synchronous unrecoverable error (SIGBUS)'
  t.ok(machine.lines().includes(line))
})

void t.test('A7: a corrected SEA record over the threshold queues a soft offline and kills nobody', async (t) => {
  const machine = sea(memoryRecord(PA, SEVERITY.corrected, { flags: THRESHOLD }))

  t.strictSame(machine.result, { claimed: true, queued: true })
  t.strictSame(machine.queued(), [{ pfn: PFN, flags: SOFT_OFFLINE }])
  t.strictSame(codes(machine), [])
})

void t.test(
  'A8: an ARM section behind the memory section decides before 7.3: SIGBUS and the page queued',
  async (t) => {
    const record = block(SEVERITY.recoverable, [memorySection({ physicalAddress: PA }), arm([BUS_WITH_PA])])

    for (const version of ['6.1', '6.12'] as const) {
      const machine = sea(record, { version })
      t.strictSame(machine.result, { claimed: true, queued: false })
      t.strictSame(machine.queued(), [{ pfn: PFN, flags: ACTION_REQUIRED }])
      t.strictSame(codes(machine), KILLED)
    }
  }
)

void t.test('A8: from 7.3 on any queued section is enough', async (t) => {
  const record = block(SEVERITY.recoverable, [memorySection({ physicalAddress: PA }), arm([BUS_WITH_PA])])
  const machine = sea(record, { version: '7.3' })

  t.strictSame(machine.result, { claimed: true, queued: true })
  t.strictSame(codes(machine), [])
})

void t.test('a vendor section behind the memory section does not decide', async (t) => {
  const record = block(SEVERITY.recoverable, [
    memorySection({ physicalAddress: PA }),
    section(VENDOR, new Uint8Array(16))
  ])
  const machine = sea(record)

  t.strictSame(machine.result, { claimed: true, queued: true })
  t.strictSame(codes(machine), [])
})

void t.test('A11: a SEA record without sections is claimed and sends SIGBUS with SI_KERNEL', async (t) => {
  const machine = sea(block(SEVERITY.recoverable, []))

  t.strictSame(machine.result, { claimed: true, queued: false })
  t.equal(machine.blockStatus(SOURCE.SEA), 0)
  t.strictSame(codes(machine), KILLED)
})

void t.test('A18: a fatal section in a recoverable block neither panics nor acts', async (t) => {
  const machine = polled(
    block(SEVERITY.recoverable, [memorySection({ physicalAddress: PA }, { severity: SEVERITY.fatal })])
  )

  t.equal(machine.k.panic, undefined)
  t.strictSame(machine.queued(), [])
  t.equal(machine.u64(ackOf(SOURCE.POLLED)), 1n)
})

void t.test('A23: the 17th page before the worker runs is dropped with the overflow line', async (t) => {
  const sections = Array.from({ length: 17 }, (_, i) => memorySection({ physicalAddress: PA + 0x1000n * BigInt(i) }))

  const machine = polled(block(SEVERITY.recoverable, sections))

  t.equal(machine.queued().length, 16)
  t.ok(machine.lines().includes('Memory failure: buffer overflow when queuing memory failure at 0x48010'))
})

void t.test('A39: with vm.memory_failure_recovery 0 the queued page panics the kernel', async (t) => {
  const machine = polled(memoryRecord(PA), { sysctl: { memory_failure_recovery: 0 } })

  runMemoryFailureWork(machine.k, 0, KWORKER)

  t.match(machine.k.panic, /^Memory failure on page 48000/)
})

void t.test('severity of section, severity of block and threshold decide what becomes of a page', async (t) => {
  const { recoverable, corrected, none, fatal } = SEVERITY
  const rows: readonly (readonly [section: number, block: number, flags: number, queued: number | undefined])[] = [
    [corrected, corrected, THRESHOLD, SOFT_OFFLINE],
    [corrected, recoverable, THRESHOLD, SOFT_OFFLINE],
    [corrected, none, THRESHOLD, SOFT_OFFLINE],
    [corrected, corrected, 0, undefined],
    [corrected, recoverable, 0, undefined],
    [recoverable, recoverable, 0, 0],
    [recoverable, recoverable, THRESHOLD, 0],
    [recoverable, corrected, THRESHOLD, undefined],
    [recoverable, none, 0, undefined],
    [none, recoverable, THRESHOLD, undefined],
    [none, none, 0, undefined],
    [fatal, recoverable, THRESHOLD, undefined],
    [7, corrected, THRESHOLD, undefined]
  ]
  for (const [severity, top, flags, queued] of rows) {
    const withAddress = polled(block(top, [memorySection({ physicalAddress: PA }, { severity, flags })]))
    const without = polled(block(top, [memorySection({ errorType: 3 }, { severity, flags })]))

    const what = `section ${severity}, block ${top}, flags ${flags}`
    t.strictSame(withAddress.queued(), queued === undefined ? [] : [{ pfn: PFN, flags: queued }], what)
    t.strictSame(without.queued(), [], `${what}, no address`)
  }
})

void t.test('an address outside RAM is refused by GHES, and by memory_failure() from 7.3 on', async (t) => {
  for (const [address, text] of [
    [0x0b00_0000n, '0xb000000'],
    [0x8000_0000n, '0x80000000'],
    [0n, '0']
  ] as const) {
    const old = sea(memoryRecord(address))
    t.strictSame(warnings(old), [`[Firmware Warn]: GHES: Invalid address in generic error data: ${text}`])
    t.strictSame(old.queued(), [])
    t.strictSame(codes(old), KILLED)

    const recent = sea(memoryRecord(address), { version: '7.3' })
    t.strictSame(warnings(recent), [])
    t.strictSame(recent.queued(), [{ pfn: address >> 12n, flags: ACTION_REQUIRED }])
  }
})

void t.test('the frame number follows the page size', async (t) => {
  const machine = polled(memoryRecord(PA), { options: { pageSize: 65536 } })

  t.strictSame(machine.queued(), [{ pfn: 0x4800n, flags: 0 }])
})

void t.test('a memory section cut short is read all the same, and only its printing complains', async (t) => {
  const short = encodeMemorySection({ physicalAddress: PA, errorType: 3 }).subarray(0, 40)
  const machine = polled(block(SEVERITY.recoverable, [section(SECTION_TYPE.platformMemory, short)]))

  t.strictSame(machine.queued(), [{ pfn: PFN, flags: 0 }])
  t.strictSame(warnings(machine), ['[Firmware Warn]: error section length is too small'])
})

void t.test('a memory section shorter than its address reads the address out of what follows', async (t) => {
  const body = encodeMemorySection({ physicalAddress: PA })
  const head = section(SECTION_TYPE.platformMemory, body.subarray(0, 16))
  const tail = section(VENDOR, new Uint8Array(8))
  const record = block(SEVERITY.recoverable, [head, tail])
  // The GUID of the next section lies where the address is read.
  const next = new DataView(record.buffer).getBigUint64(20 + 72 + 16, true)

  const machine = polled(record, { version: '7.3' })

  t.strictSame(machine.queued(), [{ pfn: next >> 12n, flags: 0 }])
})

void t.test('the old 73-byte memory section is as good as the new one', async (t) => {
  const old = encodeMemorySection({ physicalAddress: PA, errorType: 3, oldForm: true })
  const machine = polled(block(SEVERITY.recoverable, [section(SECTION_TYPE.platformMemory, old)]))

  t.strictSame(machine.queued(), [{ pfn: PFN, flags: 0 }])
})

void t.test('with EDAC built in a memory section is reported to it first', async (t) => {
  const record = block(SEVERITY.recoverable, [
    memorySection(
      { physicalAddress: PA, physicalAddressMask: 0xffff_ffff_ffff_f000n, errorType: 2, node: 1 },
      { severity: SEVERITY.corrected }
    )
  ])
  const without = polled(record)
  const machine = polled(record, { options: { edacGhes: true } })

  t.strictSame(without.traces('mc_event'), [])
  t.strictSame(machine.traces('mc_event'), [
    '1 Uncorrected error: single-bit ECC on unknown label (mc:0 location:-1:-1:-1 address:0x48000123 grain:4096 ' +
      'syndrome:0x00000000 APEI location: node:1)'
  ])
})

void t.test('a record at probe of a SEA source kills no task', async (t) => {
  const machine = ghesMachine()
  machine.put(SOURCE.SEA, block(SEVERITY.recoverable, []))

  const result = apeiClaimSea(machine.k, { pid: undefined, tid: 1, comm: 'swapper/0', cpu: 0 })

  t.equal(result.claimed, true)
  t.strictSame(machine.signals, [])
  t.equal(machine.steps('ghes.no-consumer').length, 1)
})

void t.test('a section with the short header of revision 0x201 is as good as one with the long', async (t) => {
  const machine = polled(memoryRecord(PA, SEVERITY.recoverable, { revision: 0x201 }))

  t.strictSame(machine.queued(), [{ pfn: PFN, flags: 0 }])
  t.ok(machine.lines().some((line) => line.endsWith('physical_address: 0x0000000048000123')))
})

void t.test('an informational record is printed as such and leads to nothing', async (t) => {
  const machine = polled(memoryRecord(PA, SEVERITY.none))

  t.match(machine.lines().slice(1, 3), [/event severity: info$/, / Error 0, type: info$/])
  t.strictSame(machine.queued(), [])
})
