import t from 'tap'
import type { GhesSource } from '../../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { apeiCheckGar } from '../../../shared/linux/apei/apei-check-gar.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import { probeGhes } from '../../../shared/linux/apei/ghes-probe.ts'
import type { Options } from '../../../shared/linux/kernel/state.ts'
import { ackOf, ghesMachine, hest, memoryRecord, source, sourceV1 } from './ghes-machine.ts'

const PFN_RECORD = memoryRecord(0x4800_0000n)

/** A machine whose boot has seen these sources, and its lines without those every boot prints. */
function boot(sources: Parameters<typeof hest>[0], options: Partial<Options> = {}) {
  const machine = ghesMachine({ options }, { sources, probe: false })
  probeGhes(machine.k, hest(sources))
  const lines = machine.lines().filter((line) => !/^HEST: Table parsing|APEI firmware first mode\.$/.test(line))
  return { machine, lines, states: machine.k.ghes.map(({ state }) => state) }
}

void t.test('A20: a source of type SEI is refused and the others live', async (t) => {
  const { machine, lines, states } = boot([source(0, NOTIFY.polled), source(1, NOTIFY.SEI), source(2, NOTIFY.SEA)])

  t.strictSame(states, ['armed', 'refused', 'armed'])
  t.strictSame(lines, [
    '[Firmware Warn]: GHES: Unknown notification type: 9 for generic hardware error source: 1',
    'GHES: probe of GHES.1 failed with error -22'
  ])
  t.equal(machine.k.ghes[1]?.reason, lines[0])
})

void t.test('A20: a refused source is never read, so its producer waits for ever', async (t) => {
  const { machine } = boot([source(1, NOTIFY.SEI)])
  machine.put(1, PFN_RECORD)

  ghesPoll(machine.k, 1)

  t.equal(machine.blockStatus(1), 1)
  t.equal(machine.u64(ackOf(1)), 0n)
})

void t.test('A21: one entry of an unknown type disables the whole HEST', async (t) => {
  for (const type of [3, 4, 5, 12, 0xffff]) {
    const unknown = { type, bytes: new Uint8Array(64) }
    new DataView(unknown.bytes.buffer).setUint16(0, type, true)
    const { machine, lines } = boot([source(0, NOTIFY.polled), unknown, source(2, NOTIFY.SEA)])

    t.strictSame(lines, [
      `[Firmware Warn]: HEST: Unknown or unused hardware error source type: ${type} for hardware error source: 0.`,
      'GHES: HEST is not enabled!'
    ])
    t.equal(machine.k.hest, 'disabled')
    t.strictSame(machine.k.ghes, [])
  }
})

void t.test('an entry that runs past the table disables the whole HEST', async (t) => {
  const machine = ghesMachine({}, { probe: false })
  const table = hest([source(0, NOTIFY.polled), source(1, NOTIFY.SEA)])
  new DataView(table.buffer).setUint32(4, table.length - 1, true)

  probeGhes(machine.k, table)

  t.match(machine.lines()[0], /^ACPI BIOS Warning \(bug\): Incorrect checksum in table \[HEST\]/)
  t.strictSame(machine.lines().slice(1), [
    '[Firmware Bug]: HEST: Table contents overflow for hardware error source: 1.',
    'GHES: HEST is not enabled!'
  ])
})

void t.test('two enabled sources of one id disable the whole HEST, a disabled one does not count', async (t) => {
  const twice = boot([source(3, NOTIFY.polled), source(3, NOTIFY.SEA)])
  const once = boot([source(3, NOTIFY.polled, { enabled: 0 }), source(3, NOTIFY.SEA)])

  t.strictSame(twice.lines, [
    '[Firmware Warn]: HEST: Duplicated hardware error source ID: 3.',
    'GHES: HEST is not enabled!'
  ])
  t.strictSame(once.states, ['armed'])
  t.equal(once.machine.k.ghes[0]?.notify, NOTIFY.SEA)
})

void t.test('a wrong checksum is warned of and the table is used', async (t) => {
  const machine = ghesMachine({}, { probe: false })
  const table = hest([source(0, NOTIFY.SEA)])
  const right = table[9] ?? 0
  table[9] = (right + 1) & 0xff

  probeGhes(machine.k, table)

  const hex = (byte: number) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  t.equal(
    machine.lines()[0],
    `ACPI BIOS Warning (bug): Incorrect checksum in table [HEST] - ${hex((right + 1) & 0xff)}, should be ${hex(right)}`
  )
  t.strictSame(
    machine.k.ghes.map(({ state }) => state),
    ['armed']
  )
})

void t.test('from 6.2 on the warning says how far the checksum is off as what it should be', async (t) => {
  for (const [off, should] of [
    [1, '0x01'],
    [-1, '0xFFFFFFFF']
  ] as const) {
    const machine = ghesMachine({ version: '6.12' }, { probe: false })
    const table = hest([source(0, NOTIFY.SEA)])
    table[9] = (table[9] ?? 0) + off

    probeGhes(machine.k, table)

    t.match(machine.lines()[0], new RegExp(`should be ${should}$`))
  }
})

void t.test('a table of another signature is no HEST', async (t) => {
  const machine = ghesMachine({}, { probe: false })
  const table = hest([source(0, NOTIFY.SEA)])
  table[0] = 0x42

  probeGhes(machine.k, table)

  t.equal(machine.k.hest, 'absent')
  t.strictSame(machine.lines(), [])
})

void t.test('a kernel without a HEST has no GHES and says nothing', async (t) => {
  const machine = ghesMachine({}, { probe: false })

  probeGhes(machine.k, undefined)

  t.equal(machine.k.hest, 'absent')
  t.strictSame(machine.lines(), [])
})

void t.test('PCIe and IA-32 entries are only passed over', async (t) => {
  const bytes = (type: number, size: number): { type: number; bytes: Uint8Array } => {
    const entry = new Uint8Array(size)
    new DataView(entry.buffer).setUint16(0, type, true)
    return { type, bytes: entry }
  }
  const others = [bytes(0, 40), bytes(1, 48), bytes(2, 20), bytes(6, 48), bytes(7, 44), bytes(8, 56), bytes(11, 48)]

  const { states } = boot([...others, source(5, NOTIFY.SEA)])

  t.strictSame(states, ['armed'])
})

void t.test('the pool grows with every GHES entry, enabled or not', async (t) => {
  const { machine } = boot([source(0, NOTIFY.SEA), source(1, NOTIFY.polled, { enabled: 0 })])

  t.equal(machine.k.estatusPoolBytes, 4096 + 2 * 65536)
})

const accepted = (type: number, options: Partial<Options> = {}, vector = 5): string | undefined => {
  const { states, lines } = boot(
    [source(1, type, { notification: hestNotification(type, { vector, pollInterval: 9 }) })],
    options
  )
  return states[0] === 'armed' ? undefined : lines[0]
}

void t.test('each notification type is taken or refused as in the table of ghes_probe()', async (t) => {
  const notSupported = (how: string) => `GHES: Generic hardware error source: 1 notified via ${how} is not supported!`
  const unknown = (type: number) =>
    `[Firmware Warn]: GHES: Unknown notification type: ${type} for generic hardware error source: 1`

  t.equal(accepted(NOTIFY.polled), undefined)
  t.equal(accepted(NOTIFY.external), 'GHES: Failed to map GSI to IRQ for generic hardware error source: 1')
  t.equal(accepted(NOTIFY.external, { mappedGsis: [5] }), undefined, 'some driver has mapped the GSI')
  t.equal(accepted(NOTIFY.local), notSupported('local interrupt'))
  t.equal(accepted(NOTIFY.SCI), undefined)
  t.equal(accepted(NOTIFY.NMI), notSupported('NMI interrupt'))
  t.equal(accepted(NOTIFY.CMCI), unknown(5))
  t.equal(accepted(NOTIFY.MCE), unknown(6))
  t.equal(accepted(NOTIFY.GPIO), undefined)
  t.equal(accepted(NOTIFY.SEA), undefined)
  t.equal(accepted(NOTIFY.SEI), unknown(9))
  t.equal(accepted(NOTIFY.SEI, { sei: true }), undefined, 'with the patch that was never merged')
  t.equal(accepted(NOTIFY.GSIV), undefined)
  t.equal(accepted(NOTIFY.SDEI), 'GHES: probe of GHES.1 failed with error -5')
  t.equal(accepted(NOTIFY.SDEI, { sdei: true }), undefined)
  t.equal(accepted(NOTIFY.SDEI, { sdei: true }, 0), 'GHES: probe of GHES.1 failed with error -22', 'event 0')
  for (const type of [12, 13, 255]) t.equal(accepted(type), unknown(type))
})

void t.test('a polled source with interval 0 is accepted with a warning and never polled', async (t) => {
  const { states, lines } = boot([source(1, NOTIFY.polled, { notification: hestNotification(NOTIFY.polled) })])

  t.strictSame(states, ['armed'])
  t.strictSame(lines, ['[Firmware Warn]: GHES: Poll interval is 0 for generic hardware error source: 1, disabled.'])
})

void t.test('the block length of a source is at least a header and clamped at 64 KiB', async (t) => {
  const short = boot([source(1, NOTIFY.polled, { errorStatusBlockLength: 19 })])
  const least = boot([source(1, NOTIFY.polled, { errorStatusBlockLength: 20 })])
  const long = boot([source(1, NOTIFY.polled, { errorStatusBlockLength: 70000 })])

  t.strictSame(short.lines, [
    '[Firmware Bug]: GHES: Invalid error block length: 19 for generic hardware error source: 1',
    'GHES: probe of GHES.1 failed with error -5'
  ])
  t.strictSame(least.states, ['armed'])
  t.strictSame(long.lines, [
    '[Firmware Warn]: GHES: Error status block length is too long: 70000 for generic hardware error source: 1.'
  ])
  t.equal(long.machine.k.ghes[0]?.errorBlockLength, 65536)
})

void t.test('A22: a register whose access size is undefined kills its source', async (t) => {
  const register = { ...memoryRegister(0x7fff_1000n), accessSize: 0 }
  const broken: GhesSource = source(1, NOTIFY.polled, { errorStatusAddress: register })
  const brokenAck = source(2, NOTIFY.polled, { readAck: { register, preserve: 0n, write: 1n } })

  const { states, lines } = boot([broken, brokenAck, source(3, NOTIFY.polled)])

  t.strictSame(states, ['refused', 'refused', 'armed'])
  t.strictSame(lines, [
    '[Firmware Bug]: APEI: Invalid access size code in GAR [0x7fff1000/64/0/0/0]',
    'GHES: probe of GHES.1 failed with error -22',
    '[Firmware Bug]: APEI: Invalid access size code in GAR [0x7fff1000/64/0/0/0]',
    'GHES: probe of GHES.2 failed with error -22'
  ])
})

void t.test('apei_check_gar() takes what fits the access, and forgives an aligned full register', async (t) => {
  const gar = (bitWidth: number, bitOffset: number, accessSize: number, address = 0x1000n, space = 0) => {
    const check = apeiCheckGar({ space, bitWidth, bitOffset, accessSize, address })
    return check.ok ? check.accessBits : (/Invalid (.*) in GAR/.exec(check.line)?.[1] ?? '')
  }

  t.equal(gar(64, 0, 4), 64)
  t.equal(gar(64, 0, 1), 64, 'aligned 64-bit register with byte access')
  t.equal(gar(32, 0, 1), 32)
  t.equal(gar(32, 0, 1, 0x1002n), 'bit width + offset', 'not aligned')
  t.equal(gar(64, 0, 3, 0x1004n), 'bit width + offset')
  t.equal(gar(8, 8, 2), 16)
  t.equal(gar(8, 9, 2), 'bit width + offset')
  t.equal(gar(64, 0, 5), 'access size code')
  t.equal(gar(64, 0, 4, 0n), 'physical address')
  t.equal(gar(64, 0, 4, 0x1000n, 1), 64, 'I/O space')
  t.equal(gar(64, 0, 4, 0x1000n, 2), 'address space type')
})

void t.test('a record that waits at boot is processed during probe, whatever the notification type', async (t) => {
  for (const type of [NOTIFY.SEA, NOTIFY.GSIV, NOTIFY.polled]) {
    const sources = [source(1, type)]
    const machine = ghesMachine({}, { sources, probe: false })
    machine.put(1, PFN_RECORD)

    probeGhes(machine.k, hest(sources))

    t.equal(machine.blockStatus(1), 0)
    t.equal(machine.u64(ackOf(1)), 1n)
    t.strictSame(machine.queued(), [{ pfn: 0x48000n, flags: type === NOTIFY.SEA ? 2 : 0 }])
  }
})

void t.test('a fatal record at boot panics before the next source is probed', async (t) => {
  const sources = [source(1, NOTIFY.polled), source(2, NOTIFY.SEA)]
  const machine = ghesMachine({}, { sources, probe: false })
  machine.put(1, memoryRecord(0x4800_0000n, SEVERITY.fatal))

  probeGhes(machine.k, hest(sources))

  t.equal(machine.k.panic, 'GHES: Fatal hardware error')
  t.equal(machine.k.ghes.length, 1)
})

void t.test('a GHESv1 source is cleared and has nothing to acknowledge', async (t) => {
  const machine = ghesMachine({}, { sources: [sourceV1(1, NOTIFY.polled)] })
  machine.put(1, PFN_RECORD)

  ghesPoll(machine.k, 1)

  t.equal(machine.blockStatus(1), 0)
  t.equal(machine.u64(ackOf(1)), 0n)
  t.strictSame(machine.steps('ghes.acknowledged'), [])
})
