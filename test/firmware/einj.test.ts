import t from 'tap'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { decodePcieSection } from '../../shared/formats/pcie-section.ts'
import { LINE, machine, refusal, sent, trace } from './support.ts'

const MEMORY = { type: 0x10, flags: 2, param1: LINE + 0x18n, param2: 0xffff_ffff_ffff_f000n }

const PLANTED: readonly (readonly [string, object, object])[] = [
  ['planted', { notrigger: 1 }, { signalled: 'SEA', containment: 'UER', severity: 'recoverable' }],
  ['as an SError', { notrigger: 1, signalled: 'SError' }, { signalled: 'SError', severity: 'recoverable' }],
  ['triggered', { notrigger: 0 }, { signalled: 'interrupt', containment: 'UER', severity: 'recoverable' }],
  ['correctable', { type: 8 }, { signalled: 'SEA', containment: 'CE', severity: 'corrected' }],
  ['fatal', { type: 0x20 }, { signalled: 'SEA', containment: 'UER', severity: 'fatal' }]
]

void t.test('a memory error is planted in the hardware at the address under the mask', async (t) => {
  for (const [what, part, error] of PLANTED) {
    const effects = machine().tell('einj.inject', { ...MEMORY, ...part })

    t.match(
      sent(effects),
      [{ to: 'hardware', type: 'error.inject', data: { kind: 'memory', hostPhysical: LINE, ...error } }],
      what
    )
  }
})

void t.test('without a mask the address is hit as it is', async (t) => {
  const effects = machine().tell('einj.inject', { type: 0x10, flags: 2, param1: LINE + 0x40n })

  t.match(sent(effects), [{ data: { hostPhysical: LINE + 0x40n } }])
})

void t.test('a processor error is a record with an ARM processor section', async (t) => {
  const m = machine()

  const effects = m.tell('einj.inject', { type: 2, flags: 1, param3: 3 })

  t.strictSame(trace(effects), ['record.published', 'apei.notify'])
  const section = decodeArmProcessorSection(m.record(3).entries[0]?.payload ?? new Uint8Array())
  t.match(section, { mpidr: 3n, errors: [{ type: 2 }] })
})

void t.test('a PCIe error is a record with segment, bus, device and function', async (t) => {
  const m = machine()

  m.tell('einj.inject', { type: 0x40, flags: 4, param4: 0x0102_1b00 })

  const section = decodePcieSection(m.record(1).entries[0]?.payload ?? new Uint8Array())
  t.match(section, { segment: 1, bus: 2, deviceNumber: 3, functionNumber: 3 })
})

const REFUSED: readonly (readonly [string, object, { code: string; field: string }])[] = [
  ['two bits', { type: 0x18, flags: 2, param1: LINE }, { code: 'request-unsupported', field: '/type' }],
  ['a reserved bit', { type: 0x40000 }, { code: 'request-unsupported', field: '/type' }],
  ['platform errors', { type: 0x200 }, { code: 'not-modelled', field: '/type' }],
  ['CXL errors', { type: 0x20000 }, { code: 'not-modelled', field: '/type' }],
  ['vendor defined errors', { type: 0x8000_0000 }, { code: 'not-modelled', field: '/type' }],
  ['memory without its flag', { type: 0x10, param1: LINE }, { code: 'request-unsupported', field: '/flags' }],
  ['memory without an address', { type: 0x10, flags: 2 }, { code: 'field-missing', field: '/param1' }],
  ['memory with a CPU id', { ...MEMORY, flags: 3, param3: 1 }, { code: 'request-unsupported', field: '/flags' }],
  ['a CPU id without its flag', { type: 1, param3: 1 }, { code: 'request-unsupported', field: '/param3' }],
  ['a CPU flag without an id', { type: 1, flags: 1 }, { code: 'field-missing', field: '/param3' }],
  ['PCIe without an SBDF', { type: 0x40 }, { code: 'request-unsupported', field: '/flags' }],
  ['a processor error to consume', { type: 1, signalled: 'SEA' }, { code: 'request-unsupported', field: '/signalled' }],
  [
    'triggered and to consume',
    { ...MEMORY, notrigger: 0, signalled: 'SEA' },
    { code: 'request-unsupported', field: '/signalled' }
  ]
]

void t.test('what a request of its type cannot say is refused, naming the field', async (t) => {
  for (const [what, request, expected] of REFUSED) {
    const m = machine()
    const before = m.state

    t.match(refusal(m.tell('einj.inject', request)), expected, what)
    t.equal(m.state, before)
  }
})
