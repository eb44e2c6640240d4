import t from 'tap'
import { ack, block, LINE, machine, page, RECORD, refusal, SEA, seaAt, sent, trace, word } from './support.ts'

const OTHER = 0x4900_0000n

void t.test('cells are filled before the OS looks: pointers at the blocks, registers acknowledged', async (t) => {
  const m = machine()

  for (let source = 0; source < 7; source++) t.equal(m.readWord(page(source)), block(source))
  t.equal(m.readWord(ack(0)), 1n)
  t.equal(m.readWord(ack(4)), 0n, 'a GHESv1 has no register')
})

void t.test('publishing takes the acknowledgement back and overwrites only what the record covers', async (t) => {
  const m = machine()
  m.tell('memory.write', { hostPhysical: ack(3), bytes: word(0xf1n) })
  m.tell('memory.write', { hostPhysical: block(3), bytes: new Uint8Array(0xc00).fill(0xaa) })

  m.tell('exception.take', SEA)

  t.equal(m.readWord(ack(3)), 0xf0n, 'only the bits of Read Ack Write')
  const bytes = m.read(block(3), 0xc00)
  t.equal(bytes[171], 0, 'the last byte of the record')
  t.ok(
    bytes.subarray(172).every((byte) => byte === 0xaa),
    'behind it everything stays'
  )
})

void t.test('a second record waits until the OS has acknowledged the first', async (t) => {
  const m = machine()
  m.tell('exception.take', SEA)

  const second = m.tell('exception.take', seaAt(OTHER, 1))
  const cleared = m.tell('memory.write', { hostPhysical: block(3), bytes: new Uint8Array(4) })
  const acknowledged = m.tell('memory.write', { hostPhysical: ack(3), bytes: word(1n) })

  t.strictSame(trace(second), ['record.held', 'ask exception.return'], 'with an interrupt nobody waits in EL3')
  t.strictSame(cleared, [{ kind: 'answer', to: 't-3', data: {} }], 'a cleared Block Status is no acknowledgement')
  t.equal(acknowledged[0]?.kind, 'answer', 'the write is answered first')
  t.strictSame(trace(acknowledged), ['record.published', 'apei.notify'])
  t.equal(m.readWord(ack(3)), 0n)
})

const EXCEPTIONS = [
  ['SEA', 0],
  ['SEI', 5],
  ['SDEI', 6]
] as const

void t.test('with SEA, SEI and SDEI the exception does not wait with its record', async (t) => {
  for (const [notify, source] of EXCEPTIONS) {
    const m = machine()
    m.tell('notification.choose', { recoverable: notify })
    m.tell('exception.take', SEA)

    const second = m.tell('exception.take', seaAt(OTHER, 1))
    const acknowledged = m.acknowledge(source)

    t.strictSame(trace(second), ['record.held', 'apei.notify'])
    t.match(sent(second), [{ type: 'apei.notify', data: { notify, interrupted: { vcpu: 1 } } }])
    const told = notify === 'SDEI' ? ['apei.notify'] : []
    t.strictSame(trace(acknowledged), ['record.published', ...told], 'the record comes when there is room for it')
  }
})

void t.test(
  'an exception like the one in the block, which may be read by now, is told and has its record',
  async (t) => {
    for (const [notify] of EXCEPTIONS) {
      const m = machine()
      m.tell('notification.choose', { recoverable: notify })
      m.tell('exception.take', SEA)

      const again = m.tell('exception.take', SEA)
      const third = m.tell('exception.take', SEA)

      t.strictSame(trace(again), ['record.held', 'apei.notify'])
      t.strictSame(trace(third), ['record.coalesced', 'apei.notify'], 'one that waits is enough')
      for (const effects of [again, third]) t.match(sent(effects), [{ data: { notify, interrupted: { vcpu: 0 } } }])
    }
  }
)

void t.test('an SDEI event that cannot be dispatched is the end of the platform, not of an interrupt', async (t) => {
  const masked = () => {
    const m = machine()
    m.tell('notification.choose', { recoverable: 'SDEI' })
    m.tell('sdei.mask', { peMasked: true })
    return m
  }

  const stopped = masked()
  const exception = stopped.tell('exception.take', SEA)
  const interrupt = masked().tell('error.interrupt', { record: RECORD })

  t.strictSame(trace(exception), ['record.published', 'record.untold', 'firmware.panic', 'platform.halt'])
  t.match(refusal(stopped.tell('exception.take', SEA)), { code: 'machine-panicked' })
  t.strictSame(trace(interrupt), ['record.published', 'record.untold'])
})

void t.test('records that wait are told in the order in which they came, one an acknowledgement', async (t) => {
  const m = machine()
  const lines = [LINE, OTHER, OTHER + 0x1000n]
  for (const hostPhysical of lines) m.tell('error.interrupt', { record: { ...RECORD, hostPhysical } })

  const told = lines.map(() => {
    const address = m.record(3).entries[0]?.payload.slice(16, 24) ?? new Uint8Array(8)
    m.acknowledge(3)
    return new DataView(address.buffer).getBigUint64(0, true)
  })

  t.strictSame(told, lines)
  t.strictSame(trace(m.acknowledge(3)), [], 'nothing is left')
})

void t.test('a further report of an error that the OS has not read yet adds no record', async (t) => {
  const m = machine()
  m.tell('exception.take', SEA)

  const again = m.tell('exception.take', seaAt(LINE, 1))
  m.acknowledge(3)
  const later = m.tell('exception.take', seaAt(LINE, 1))

  t.strictSame(trace(again), ['record.coalesced', 'ask exception.return'])
  t.strictSame(trace(later), ['record.published', 'ask exception.return', 'apei.notify'], 'once read it is news again')
})

void t.test('a GHESv1 source is free again when its Block Status is cleared', async (t) => {
  const m = machine()
  const bytes = m.tell('error-record.submit', { source: 4, verbatim: true, bytes: Uint8Array.of(1, 0, 0, 0) })
  const second = m.tell('error-record.submit', { source: 4, verbatim: true, bytes: Uint8Array.of(2, 0, 0, 0) })

  const cleared = m.tell('memory.write', { hostPhysical: block(4), bytes: new Uint8Array(4) })

  t.strictSame(trace(bytes), ['record.published'])
  t.strictSame(trace(second), ['record.held'])
  t.strictSame(trace(cleared), ['record.published'])
  t.strictSame(m.read(block(4), 4), Uint8Array.of(2, 0, 0, 0))
})

void t.test('memory that is not firmware’s is neither read nor written', async (t) => {
  const m = machine()
  const before = m.state

  for (const effects of [
    m.tell('memory.read', { hostPhysical: 0x4000_0000n, length: 8 }),
    m.tell('memory.read', { hostPhysical: 0x3f0f_fffcn, length: 8 }),
    m.tell('memory.write', { hostPhysical: 0x3eff_ffffn, bytes: new Uint8Array(2) })
  ]) {
    t.match(refusal(effects), { code: 'address-outside-memory', field: '/hostPhysical' })
  }
  t.equal(m.state, before)
})
