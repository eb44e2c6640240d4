import t from 'tap'
import type { ExceptionTaken, Notification } from '../../shared/contracts/common.ts'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import { GUEST_LOAD, LINE, machine, RECORD, refusal, SEA, seaAt, sent, SERROR, trace } from './support.ts'

void t.test('an SError becomes a memory record in the GSIV source; the interrupt comes after the return', async (t) => {
  const m = machine()

  const effects = m.tell('exception.take', SERROR)

  t.strictSame(trace(effects), ['record.published', 'ask exception.return', 'apei.notify'])
  t.strictSame(sent(effects), [
    { to: 'host-kernel', type: 'apei.notify', data: { source: 3, notify: 'GSIV', vector: 233 } }
  ])
  t.match(
    effects.find(({ kind }) => kind === 'ask'),
    { to: 'hardware', data: { vm: 'vm0', vcpu: 0 } }
  )
  const record = m.record(3)
  t.equal(record.blockStatus, 0x11)
  t.equal(record.severity, 0)
  t.strictSame(decodeMemorySection(record.entries[0]?.payload ?? new Uint8Array()), {
    physicalAddress: LINE,
    physicalAddressMask: 0xffff_ffff_ffff_f000n,
    errorType: 3
  })
})

/** The hardware exception, what firmware notifies by, what leaves. */
const S2: readonly (readonly [ExceptionTaken, Notification, readonly string[], object | undefined])[] = [
  [SEA, 'SEA', ['apei.notify'], { source: 0, esr: 0x9200_0010n, far: GUEST_LOAD.virtual, interrupted: GUEST_LOAD }],
  [SEA, 'SEI', ['apei.notify'], { source: 5, esr: 0xbe00_0c11n, interrupted: GUEST_LOAD }],
  [SEA, 'GSIV', ['ask exception.return', 'apei.notify'], { source: 3, vector: 233 }],
  [SEA, 'EXTERNAL', ['ask exception.return', 'apei.notify'], { source: 2, vector: 232 }],
  [SEA, 'POLLED', ['ask exception.return'], undefined],
  [SEA, 'SDEI', ['apei.notify'], { source: 6, vector: 804, interrupted: GUEST_LOAD }],
  [SERROR, 'SEA', ['apei.notify'], { source: 0, esr: 0x9200_0410n, interrupted: GUEST_LOAD }],
  [SERROR, 'SEI', ['apei.notify'], { source: 5, esr: 0xbe00_0c11n, interrupted: GUEST_LOAD }],
  [SERROR, 'GSIV', ['ask exception.return', 'apei.notify'], { source: 3, vector: 233 }],
  [SERROR, 'EXTERNAL', ['ask exception.return', 'apei.notify'], { source: 2, vector: 232 }],
  [SERROR, 'POLLED', ['ask exception.return'], undefined],
  [SERROR, 'SDEI', ['apei.notify'], { source: 6, vector: 804, interrupted: GUEST_LOAD }]
]

void t.test('S2, S18: what firmware notifies by is its own choice, whatever the hardware raised', async (t) => {
  for (const [taken, notify, order, message] of S2) {
    const m = machine()
    m.tell('notification.choose', { recoverable: notify })

    const effects = m.tell('exception.take', taken)

    const what = `${taken.exception} told by ${notify}`
    t.strictSame(trace(effects), ['record.published', ...order], what)
    t.strictSame(
      sent(effects).map(({ data }) => data),
      message === undefined ? [] : [{ notify, ...message }],
      what
    )
  }
})

void t.test('an abort delegated to EL2 from EL2 itself has the class of its own level', async (t) => {
  const m = machine()
  m.tell('notification.choose', { recoverable: 'SEA' })
  const interrupted = { ...GUEST_LOAD, el: 2 }

  const load = m.tell('exception.take', { ...SEA, interrupted })
  m.acknowledge(0)
  const fetch = m.tell('exception.take', {
    ...SERROR,
    interrupted: { ...interrupted, access: 'fetch' },
    record: { ...RECORD, hostPhysical: 0x4900_0000n }
  })

  t.match(sent(load), [{ data: { esr: 0x9600_0010n } }])
  t.match(sent(fetch), [{ data: { esr: 0x8600_0410n } }])
})

const PANICS: readonly (readonly [string, Partial<ExceptionTaken>, RegExp])[] = [
  ['an uncontained abort', { esr: 0x9200_1010n }, /uncontainable/],
  ['an uncontained SError', { exception: 'SError', esr: 0xbe00_0011n }, /uncontainable/],
  ['nothing recorded', { record: undefined as never }, /zero handled/]
]

void t.test(
  'S11: an error that is not contained, or not recorded, stops the machine, and the OS gets no record of it',
  async (t) => {
    for (const [what, part, because] of PANICS) {
      const m = machine()

      const effects = m.tell('exception.take', { ...SEA, ...part })
      const later = m.tell('memory.read', { hostPhysical: 0x3f00_0000n, length: 8 })
      const again = m.tell('exception.take', SEA)

      t.strictSame(trace(effects), ['firmware.panic', 'platform.halt'], what)
      t.match(effects, [{ data: { because } }])
      for (const refused of [later, again]) t.match(refusal(refused), { code: 'machine-panicked', detail: because })
    }
  }
)

const CONTAINED: readonly (readonly [string, Partial<ExceptionTaken>])[] = [
  ['UC, but a table walk', { esr: 0x9200_1014n }],
  ['implementation defined SError', { exception: 'SError', esr: 0xbf00_0011n }],
  ['unrecoverable, but contained', { exception: 'SError', esr: 0xbe00_0411n }]
]

void t.test('TF-A 2.12 goes on with everything else', async (t) => {
  for (const [what, part] of CONTAINED) {
    const effects = machine().tell('exception.take', { ...SEA, ...part })

    t.strictSame(trace(effects), ['record.published', 'ask exception.return', 'apei.notify'], what)
  }
})

void t.test('S24: a node without an address gives a record without one', async (t) => {
  const m = machine()

  m.tell('exception.take', { ...SERROR, record: { status: 0x6030_000cn, kind: 'memory', severity: 'recoverable' } })

  t.strictSame(decodeMemorySection(m.record(3).entries[0]?.payload ?? new Uint8Array()), { errorType: 3 })
})

void t.test('other kinds of error are ARM processor errors, their type a bit mask', async (t) => {
  for (const [kind, type] of [
    ['cache', 2],
    ['tlb', 4],
    ['bus', 8]
  ] as const) {
    const m = machine()

    m.tell('exception.take', { ...SEA, record: { ...RECORD, kind } })

    const section = decodeArmProcessorSection(m.record(3).entries[0]?.payload ?? new Uint8Array())
    t.match(section.errors, [{ type, physicalFaultAddress: LINE }], kind)
  }
})

void t.test('severity decides the source, and the bits of the block', async (t) => {
  const m = machine()

  const corrected = m.tell('error.interrupt', { record: { ...RECORD, severity: 'corrected' } })
  const fatal = m.tell('error.interrupt', { record: { ...RECORD, severity: 'fatal' } })

  t.strictSame(trace(corrected), ['record.published'], 'polled')
  t.match(m.record(1), { blockStatus: 0x12, severity: 2 })
  t.strictSame(trace(fatal), ['record.published', 'apei.notify'])
  t.match(m.record(3), { blockStatus: 0x11, severity: 1 })
})

void t.test('S3: an error that nobody consumed is never told as SEA or SEI', async (t) => {
  for (const notify of ['SEA', 'SEI']) {
    const m = machine()
    m.tell('notification.choose', { recoverable: notify })

    const effects = m.tell('error.interrupt', { record: RECORD })

    t.strictSame(trace(effects), ['notification.fallback', 'record.published', 'apei.notify'])
    t.match(sent(effects), [{ data: { source: 3, notify: 'GSIV' } }])
  }
})

void t.test('a notification for which there is no source is refused', async (t) => {
  const m = machine()

  const unserved = m.tell('notification.choose', { recoverable: 'POLLED', fatal: 'GPIO' })
  const foreign = m.tell('notification.choose', { fatal: 'NMI' })

  t.match(refusal(unserved), { code: 'state-conflict', field: '/fatal' })
  t.match(refusal(foreign), { code: 'request-unsupported', field: '/fatal' })
  t.equal(m.state.choice.recoverable, 'GSIV', 'nothing changed')
})

void t.test('a stage 2 fault is not firmware’s', async (t) => {
  t.match(refusal(machine().tell('exception.take', { ...seaAt(LINE), exception: 'stage-2-fault' })), {
    code: 'field-invalid',
    field: '/exception'
  })
})
