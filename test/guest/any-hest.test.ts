import t from 'tap'
import { guestCreate, guestMemoryWrite, vcpuEnter } from '../../shared/contracts/guest.ts'
import { acpiSum } from '../../shared/formats/acpi-table.ts'
import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, NO_RELATED_SOURCE, type GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { encodeHest } from '../../shared/formats/hest.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { guestModel } from '../../services/guest/model.ts'
import { TEMPLATE } from '../formats/real-hests.ts'

const HEST_ADDRESS = 0x4010_0000n

function source(sourceId: number, change: Partial<GhesSource> = {}): GhesSource {
  return {
    type: GHES_V2_TYPE,
    sourceId,
    relatedSourceId: NO_RELATED_SOURCE,
    flags: 0,
    enabled: 1,
    recordsToPreallocate: 1,
    maxSectionsPerRecord: 1,
    maxRawDataLength: 0x400,
    errorStatusAddress: memoryRegister(0x4011_0000n + 0x10n * BigInt(sourceId)),
    notification: hestNotification(NOTIFY.SEA),
    errorStatusBlockLength: 0x400,
    readAck: {
      register: memoryRegister(0x4011_0008n + 0x10n * BigInt(sourceId)),
      preserve: 0xffff_ffff_ffff_fffen,
      write: 1n
    },
    ...change
  } as GhesSource
}
const table = (...sources: readonly GhesSource[]) => encodeHest({ ...TEMPLATE, sources })
const summed = (bytes: Uint8Array) => bytes.with(9, ((bytes[9] ?? 0) - acpiSum(bytes)) & 0xff)

/** What a guest logs that boots on a table which somebody's VMM has written. */
function boot(bytes: Uint8Array): readonly string[] {
  const bus = new MachineRoom([guestModel], { absent: 'silent', validate: true })
  bus.ask('m0', guestCreate, {
    vm: 'vm0',
    vcpus: 1,
    guestPhysical: 0x4000_0000n,
    length: 0x40_0000n,
    hestAddress: HEST_ADDRESS
  })
  bus.ask('m0', guestMemoryWrite, { vm: 'vm0', guestPhysical: HEST_ADDRESS, bytes })
  bus.post('m0', vcpuEnter, { vm: 'vm0', vcpu: 0, pc: 0x4008_0000n, pstate: 0x3c5n })
  bus.settle()
  return bus
    .journal()
    .filter(({ kind, type }) => kind === 'note' && type === 'guest.printk')
    .map(({ data }) => (data as { text: string }).text)
}

const LAST = 'GHES: Failed to enable APEI firmware first mode.'
const PARSED = 'HEST: Table parsing has been initialized.'
const NOT_ENABLED = 'GHES: HEST is not enabled!'

const TABLES: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  ['a good table', table(source(0)), [PARSED, LAST]],
  [
    'a wrong checksum',
    table(source(0)).with(9, 0),
    [
      `ACPI BIOS Warning (bug): Incorrect checksum in table [HEST] - 0x00, should be 0x${(table(source(0))[9] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
      PARSED,
      LAST
    ]
  ],
  ['another table', table(source(0)).with(0, 0x42), []],
  ['a length that no memory has', table(source(0)).with(7, 0xff), []],
  ['a length below its header', summed(table(source(0)).with(4, 8)), []],
  [
    'an id twice',
    table(source(3), source(3)),
    ['[Firmware Warn]: HEST: Duplicated hardware error source ID: 3.', NOT_ENABLED]
  ],
  [
    'a count above the sources',
    summed(table(source(3)).with(36, 2)),
    ['[Firmware Bug]: HEST: Table contents overflow for hardware error source: 0.', NOT_ENABLED]
  ],
  ['a count below the sources', summed(table(source(3), source(3)).with(36, 1)), [PARSED, LAST]],
  ['another Notify Length', table(source(0, { notification: hestNotification(8, { length: 92 }) })), [PARSED, LAST]],
  [
    'an address of 0',
    table(source(0, { errorStatusAddress: memoryRegister(0n) })),
    [
      PARSED,
      '[Firmware Bug]: APEI: Invalid physical address in GAR [0x0/64/0/4/0]',
      'GHES: probe of GHES.0 failed with error -22',
      LAST
    ]
  ],
  ['noise', new Uint8Array(200).fill(0xa5), []]
]

void t.test('a guest judges whatever HEST its VMM has written by the rules of its kernel', async (t) => {
  for (const [what, bytes, log] of TABLES) t.strictSame(boot(bytes), log, what)
})
