import t from 'tap'
import type { HestInstalled } from '../../shared/contracts/firmware.ts'
import { acpiSum } from '../../shared/formats/acpi-table.ts'
import { memoryRegister } from '../../shared/formats/generic-address.ts'
import type { GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { decodeHest, encodeHest, isGhes } from '../../shared/formats/hest.ts'
import { defaultHest } from '../../services/firmware/default-hest.ts'
import { ALTRA_HEST, ALTRA_HEST_2P, REFINFRA_HEST, S5000C_HEST, TEMPLATE } from '../formats/real-hests.ts'
import { QEMU_HEST } from '../formats/worked-examples.ts'
import { BASE, machine, page, refusal } from './support.ts'

const HEST = decodeHest(defaultHest())
const [SEA, POLLED] = HEST.sources.filter(isGhes) as [GhesSource, GhesSource]
const table = (...sources: readonly object[]) => encodeHest({ ...HEST, sources: sources as GhesSource[] })

/** What the answer to an upload says. */
function install(bytes: Uint8Array, how: object = {}): HestInstalled {
  const effects = machine().tell('hest.install', { table: bytes, ...how })
  const answer = effects.find(({ kind }) => kind === 'answer')
  if (answer?.kind !== 'answer') throw new Error(`not answered: ${JSON.stringify(refusal(effects))}`)
  return answer.data as HestInstalled
}
const states = ({ sources }: HestInstalled) => sources.map(({ linux }) => linux)
const summed = (bytes: Uint8Array) => bytes.with(9, ((bytes[9] ?? 0) - acpiSum(bytes)) & 0xff)

void t.test('the table of a new machine: what Linux arms, and the two sources that it does not', async (t) => {
  const said = install(defaultHest())

  t.strictSame(states(said), ['armed', 'armed', 'refused', 'armed', 'armed', 'refused', 'armed'])
  t.match(said.sources[5], {
    notify: 'SEI',
    served: true,
    reason: '[Firmware Warn]: GHES: Unknown notification type: 9 for generic hardware error source: 5'
  })
  t.match(said.linux, { version: '6.1', hest: 'enabled' })
  t.ok(said.linux.log.includes('GHES: probe of GHES.5 failed with error -22'))
  t.ok(
    install(defaultHest(), { linux: '7.3' }).linux.log.includes(
      'GHES GHES.5: probe with driver GHES failed with error -22'
    ),
    'in the words of the kernel that was asked for'
  )
})

const TAKEN: readonly (readonly [
  string,
  Uint8Array,
  Partial<HestInstalled['linux']>,
  readonly string[],
  RegExp | string
])[] = [
  [
    'an id twice',
    table(SEA, { ...POLLED, sourceId: 0 }),
    { hest: 'disabled' },
    ['unused', 'unused'],
    '[Firmware Warn]: HEST: Duplicated hardware error source ID: 0.'
  ],
  ['an id twice, one disabled', table(SEA, { ...POLLED, sourceId: 0, enabled: 0 }), {}, ['armed', 'disabled'], /^HEST/],
  [
    'a block of 128 KiB',
    table({ ...SEA, errorStatusBlockLength: 0x20000 }),
    {},
    ['armed'],
    '[Firmware Warn]: GHES: Error status block length is too long: 131072 for generic hardware error source: 0.'
  ],
  [
    'a block for no header',
    table({ ...SEA, errorStatusBlockLength: 19 }),
    {},
    ['refused'],
    '[Firmware Bug]: GHES: Invalid error block length: 19 for generic hardware error source: 0'
  ],
  [
    'a read-ack register at 0',
    table({ ...SEA, readAck: { ...SEA.readAck, register: memoryRegister(0n) } }),
    {},
    ['refused'],
    '[Firmware Bug]: APEI: Invalid physical address in GAR [0x0/64/0/4/0]'
  ],
  [
    'a pointer without an access size, in RAM',
    table({ ...SEA, errorStatusAddress: { ...memoryRegister(0x4800_0000n), accessSize: 0 } }),
    {},
    ['refused'],
    '[Firmware Bug]: APEI: Invalid access size code in GAR [0x48000000/64/0/0/0]'
  ],
  [
    'a reserved notification',
    table({ ...SEA, notification: hestNotification(12) }),
    {},
    ['refused'],
    '[Firmware Warn]: GHES: Unknown notification type: 12 for generic hardware error source: 0'
  ],
  [
    'a wrong checksum',
    defaultHest().with(9, 0),
    {},
    ['armed', 'armed', 'refused', 'armed', 'armed', 'refused', 'armed'],
    /^ACPI BIOS Warning \(bug\): Incorrect checksum in table \[HEST\] - 0x00, should be 0x/
  ],
  [
    'an unaligned pointer',
    table({ ...SEA, errorStatusAddress: memoryRegister(page(0) + 0x14n) }),
    {},
    ['armed'],
    /^HEST: Table parsing/
  ],
  [
    'no poll interval',
    table({ ...POLLED, notification: hestNotification(NOTIFY.polled) }),
    {},
    ['armed'],
    '[Firmware Warn]: GHES: Poll interval is 0 for generic hardware error source: 1, disabled.'
  ]
]

void t.test('what Linux takes, or refuses by itself, is taken, and the answer has its words', async (t) => {
  for (const [what, bytes, linux, expected, line] of TAKEN) {
    const said = install(bytes)

    t.match(said.linux, { hest: 'enabled', ...linux }, what)
    t.strictSame(states(said), expected, what)
    t.ok(
      said.linux.log.some((one) => (typeof line === 'string' ? one === line : line.test(one))),
      what
    )
  }
})

void t.test('what says something and is read by nobody is listed', async (t) => {
  const trailing = install(summed(defaultHest().with(36, 5)))
  t.strictSame(
    trailing.sources.map(({ sourceId }) => sourceId),
    [0, 1, 2, 3, 4]
  )
  t.match(trailing.ignored.at(-1), { what: '184 bytes behind the sources that the count names' })

  const behind = new Uint8Array([...defaultHest(), 1, 2, 3])
  t.match(install(behind).ignored.at(-1), { what: '3 bytes behind Length' })

  const length = table({ ...SEA, notification: hestNotification(NOTIFY.SEA, { length: 0x5c, pollInterval: 3 }) })
  t.strictSame(install(length).ignored, [
    { source: 0, what: 'Notify Length is 92, not 28: 28 bytes are used' },
    { source: 0, what: 'Poll Interval 3 of a source that is not polled' }
  ])
})

const REAL: readonly (readonly [string, Uint8Array, number])[] = [
  ['QEMU virt', QEMU_HEST, 2],
  ['Altra', ALTRA_HEST, 5],
  ['Altra, two sockets', ALTRA_HEST_2P, 8],
  ['Phytium S5000C', S5000C_HEST, 6],
  ['Arm reference design', REFINFRA_HEST, 2]
]

void t.test('a real machine’s table is refused where it points, and taken when it is relocated', async (t) => {
  for (const [what, bytes, count] of REAL) {
    t.match(
      refusal(machine().tell('hest.install', { table: bytes })),
      { code: 'address-outside-memory', detail: /relocate=true/ },
      what
    )
    const said = install(bytes, { relocate: true })

    t.strictSame(
      states(said),
      Array.from({ length: count }, () => 'armed'),
      what
    )
    t.ok(said.sources.every(({ served }) => served))
    t.notMatch(said.linux.log.join('\n'), /checksum/)
  }
})

void t.test('relocation moves addresses in memory and nothing else', async (t) => {
  for (const [what, bytes] of REAL) {
    const m = machine()
    m.tell('hest.install', { table: bytes, relocate: true })
    const [answer] = m.tell('hest.read', {})
    const moved = (answer as { data: { table: Uint8Array } }).data.table
    const before = decodeHest(bytes)
    const after = decodeHest(moved)
    const registers = (hest: typeof before) =>
      hest.sources
        .filter(isGhes)
        .flatMap((one) => [one.errorStatusAddress, ...(one.readAck ? [one.readAck.register] : [])])
    const unmoved = (hest: typeof before) =>
      JSON.stringify(hest, (key, value: unknown) =>
        key === 'address' ? 0 : typeof value === 'bigint' ? `${value}` : value
      )

    t.equal(unmoved(after), unmoved(before), what)
    const [old, now] = [registers(before), registers(after)]
    now.forEach((one, at) => {
      const from = old[at]?.address ?? -1n
      t.ok(one.address >= BASE && one.address < BASE + 0x10_0000n)
      t.equal(one.address % 64n, from % 64n)
      now.forEach((other, where) => t.equal(one.address === other.address, from === old[where]?.address))
    })
  }
})

void t.test('iasl’s own template: a count of 4 ends before any GHES, as for Linux', async (t) => {
  const bytes = summed(encodeHest(TEMPLATE).with(36, 4))

  const said = install(bytes)

  t.match(said, { sources: [], linux: { hest: 'enabled' } })
  t.match(said.ignored.at(-1), { what: '296 bytes behind the sources that the count names' })
  const whole = install(encodeHest(TEMPLATE))
  t.match(whole.linux, { hest: 'disabled' }, 'and with all eight counted, id 3 is there twice')
  t.ok(whole.linux.log.includes('[Firmware Warn]: HEST: Duplicated hardware error source ID: 3.'))
})

void t.test('163 sources of 4 KiB, as a large machine has them, fit when they are relocated', async (t) => {
  const many = Array.from({ length: 163 }, (_, sourceId) => ({
    ...SEA,
    sourceId,
    errorStatusBlockLength: 0x1000,
    errorStatusAddress: memoryRegister(0x9_0000_0000n + 0x1000n * BigInt(sourceId)),
    readAck: { ...SEA.readAck, register: memoryRegister(0x9_0000_0008n + 0x1000n * BigInt(sourceId)) }
  }))

  t.ok(install(table(...many), { relocate: true }).sources.every(({ served, linux }) => served && linux === 'armed'))
})
