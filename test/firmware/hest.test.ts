import t from 'tap'
import { memoryRegister } from '../../shared/formats/generic-address.ts'
import type { GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { decodeHest, encodeHest, isGhes } from '../../shared/formats/hest.ts'
import { defaultHest } from '../../services/firmware/default-hest.ts'
import { READS } from '../../services/firmware/reads.ts'
import { ack, BASE, block, LINE, machine, page, RECORD, refusal, SEA, seaAt, sent, trace } from './support.ts'

const hest = decodeHest(defaultHest())
const sources = hest.sources.filter(isGhes)

const STATUS_BLOCK = READS.find(({ path }) => path.endsWith('/status-block'))

/** A table of these sources. */
const table = (rows: readonly GhesSource[]) => encodeHest({ ...hest, sources: rows })
/** The default SEA source, changed. */
const sea = (part: Partial<GhesSource>) => ({ ...sources[0], ...part }) as GhesSource

void t.test('the HEST of a new machine has the sources of the recordings', async (t) => {
  const [answer] = machine().tell('hest.read', {})

  t.match(answer, { kind: 'answer', data: { table: defaultHest() } })
  t.equal(defaultHest().length, 40 + 6 * 92 + 64)
  t.strictSame(
    sources.map(({ sourceId, type, notification }) => [sourceId, type, notification.type, notification.vector]),
    [
      [0, 10, NOTIFY.SEA, 0],
      [1, 10, NOTIFY.polled, 0],
      [2, 10, NOTIFY.external, 232],
      [3, 10, NOTIFY.GSIV, 233],
      [4, 9, NOTIFY.polled, 0],
      [5, 10, NOTIFY.SEI, 0],
      [6, 10, NOTIFY.SDEI, 804]
    ]
  )
  t.match(sources[1], {
    errorStatusAddress: memoryRegister(page(1)),
    errorStatusBlockLength: 0xc00,
    readAck: { register: memoryRegister(ack(1)), preserve: 0xffff_ffff_ffff_fffen, write: 1n },
    notification: { pollInterval: 1000 }
  })
})

void t.test('a table with QEMU’s packed cells gets its blocks behind them', async (t) => {
  const m = machine()
  const gpio = sea({
    sourceId: 1,
    notification: hestNotification(NOTIFY.GPIO),
    errorStatusBlockLength: 0x400,
    errorStatusAddress: memoryRegister(BASE + 8n),
    readAck: { register: memoryRegister(BASE + 0x18n), preserve: 0xffff_ffff_ffff_fffen, write: 1n }
  })
  const sync = sea({
    errorStatusAddress: memoryRegister(BASE),
    errorStatusBlockLength: 0x400,
    readAck: { register: memoryRegister(BASE + 0x10n), preserve: 0xffff_ffff_ffff_fffen, write: 1n }
  })

  const effects = m.tell('hest.install', { table: table([sync, gpio]) })

  t.match(effects, [{ kind: 'answer', data: { sources: [{ statusBlock: BASE + 0x40n }, {}] } }])
  t.equal(m.readWord(BASE), BASE + 0x40n)
  t.equal(m.readWord(BASE + 8n), BASE + 0x440n)
  t.equal(m.readWord(BASE + 0x18n), 1n)
  const told = m.tell('error.interrupt', { record: RECORD })
  t.strictSame(trace(told), ['notification.fallback', 'record.published', 'apei.notify'], 'there is no GSIV any more')
  t.strictSame(sent(told), [{ to: 'host-kernel', type: 'apei.notify', data: { source: 1, notify: 'GPIO' } }])
})

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['not a table', new Uint8Array(8), /at byte/],
  ['another table', defaultHest().with(0, 0x42), /the signature is HEST/],
  ['a length beyond the bytes', defaultHest().subarray(0, 600), /Length: the ACPI table takes 656 bytes/],
  ['an unknown source type', defaultHest().with(40, 3), /known type, found 3/],
  ['a count above the sources', defaultHest().with(36, 8), /lies within the table/],
  ['a pointer in RAM', table([sea({ errorStatusAddress: memoryRegister(LINE) })]), /source 0: Error Status Address/],
  ['a pointer in I/O', table([sea({ errorStatusAddress: { ...memoryRegister(BASE), space: 1 } })]), /system memory/],
  ['no room', table([sea({ errorStatusAddress: memoryRegister(BASE + 0xf_fff8n) })]), /no room/]
]

void t.test(
  'a table that nobody can walk, or in memory that is not there, is refused and the old one stays',
  async (t) => {
    const m = machine()
    const before = m.state
    for (const [what, bytes, detail] of REFUSED) {
      const effects = m.tell('hest.install', { table: bytes })

      t.match(refusal(effects), { code: /^(table-malformed|address-outside-memory)$/, field: '/table', detail }, what)
      t.equal(m.state, before)
    }
  }
)

void t.test('verbatim takes any of these bytes, and a host that boots is given them', async (t) => {
  for (const [what, bytes] of REFUSED) {
    const m = machine()

    t.match(m.tell('hest.install', { table: bytes, verbatim: true }), [{ kind: 'answer' }], what)
    t.match(m.tell('hest.read', {}), [{ kind: 'answer', data: { table: bytes } }], what)
  }
})

void t.test('what waited when the table was replaced is lost loudly; its exception has ended before', async (t) => {
  const m = machine()
  m.tell('notification.choose', { recoverable: 'SEA' })
  m.tell('exception.take', SEA)
  m.tell('exception.take', seaAt(0x4900_0000n, 1))

  const effects = m.tell('hest.install', { table: defaultHest() })

  t.strictSame(trace(effects), ['record.lost'])
  t.equal(m.readWord(ack(0)), 1n)
})

void t.test('without a source that could tell it an error is lost loudly', async (t) => {
  const m = machine()
  m.tell('hest.install', { table: table([]) })

  const effects = m.tell('exception.take', SEA)

  t.strictSame(trace(effects), ['notification.fallback', 'record.lost', 'ask exception.return'])
})

void t.test('the reads show sources, their blocks decoded, and the choice', async (t) => {
  const m = machine()
  m.tell('exception.take', SEA)
  m.tell('exception.take', seaAt(0x4900_0000n))
  const read = (path: string, asked = {}) =>
    READS.find((row) => row.path.endsWith(path))?.read(m.state, asked, { machine: 'm0', now: 0 })
  const decoded = (source: number) => STATUS_BLOCK?.json?.(m.read(block(source), 0xc00), m.state, {})

  t.match(read('/firmware'), { running: true, sources: 7 })
  t.match(read('/error-sources/:source', { source: 3 }), {
    notify: 'GSIV',
    version: 2,
    statusBlock: block(3),
    readAck: 0n,
    blockStatus: 0x11,
    waiting: 1
  })
  t.match(read('/error-sources/:source', { source: 4 }), { version: 1, blockStatus: 0 })
  t.equal(read('/error-sources/:source', { source: 7 }), undefined)
  t.equal((read('/error-sources') as { sources: unknown[] }).sources.length, 7)
  t.strictSame(read('/status-block', { source: 3 }), m.read(block(3), 0xc00))
  t.equal(read('/status-block', { source: 7 }), undefined)
  t.match(decoded(3), {
    severity: 'recoverable',
    sections: [{ kind: 'platformMemory', body: { physicalAddress: LINE } }]
  })
  t.match(decoded(1), { sections: [] })
  t.match(read('/notification'), { recoverable: 'GSIV', corrected: 'POLLED', fatal: 'GSIV' })
})
