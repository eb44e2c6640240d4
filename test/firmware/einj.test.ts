import t from 'tap'
import { decodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { decodePcieSection } from '../../shared/formats/pcie-section.ts'
import { aerRegisters } from '../../shared/linux/cper/aer-registers.ts'
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

void t.test('a PCIe error has the AER registers of an error of its severity', async (t) => {
  const registers = (type: number, source: number) => {
    const m = machine()
    m.tell('einj.inject', { type, flags: 4, param4: 0x0102_1b00 })
    const { aer } = decodePcieSection(m.record(source).entries[0]?.payload ?? new Uint8Array())
    return aerRegisters(aer ?? new Uint8Array(96))
  }

  t.match(registers(0x40, 1), { uncorStatus: 0, corStatus: 1 << 6 })
  const nonFatal = registers(0x80, 3)
  t.match(nonFatal, { uncorStatus: 1 << 14, corStatus: 0 })
  t.equal(nonFatal.uncorSeverity & nonFatal.uncorStatus, 0, 'and it is one that is not fatal')
  const fatal = registers(0x100, 3)
  t.equal(fatal.uncorSeverity & fatal.uncorStatus, 1 << 4, 'as this one is')
})

void t.test('without flags param1 is what the type needs, as in the kernel’s legacy mode', async (t) => {
  t.match(sent(machine().tell('einj.inject', { ...MEMORY, flags: 0 })), [{ data: { hostPhysical: LINE } }])
  t.match(sent(machine().tell('einj.inject', { type: 0x10, param1: LINE })), [{ data: { hostPhysical: LINE } }])

  const cpu = machine()
  cpu.tell('einj.inject', { type: 2, param1: 3n })
  t.match(decodeArmProcessorSection(cpu.record(3).entries[0]?.payload ?? new Uint8Array()), { mpidr: 3n })

  const device = machine()
  device.tell('einj.inject', { type: 0x40, flags: 0, param1: 0x0102_1b00n })
  t.match(decodePcieSection(device.record(1).entries[0]?.payload ?? new Uint8Array()), { segment: 1, bus: 2 })
})

void t.test('a processor or PCIe error that is not triggered becomes no record, loudly', async (t) => {
  for (const type of [1, 2, 0x40, 0x100]) {
    const effects = machine().tell('einj.inject', { type, param1: 0n, notrigger: 1 })

    t.strictSame(trace(effects), ['einj.untriggered'])
    t.match(effects.at(-1), { kind: 'answer', data: { status: 'success' } })
  }
})

void t.test(
  'flags that the type has no use for, and parameters that no flag announces, are not looked at',
  async (t) => {
    t.match(sent(machine().tell('einj.inject', { ...MEMORY, flags: 7, param3: 1, param4: 2 })), [
      { data: { hostPhysical: LINE } }
    ])
    const m = machine()
    m.tell('einj.inject', { type: 2, flags: 0, param3: 9 })
    const section = decodeArmProcessorSection(m.record(3).entries[0]?.payload ?? new Uint8Array())
    t.equal(section.mpidr, undefined, 'without flags param3 says nothing')
  }
)

void t.test(
  'GET_ERROR_TYPE offers processor, memory and PCIe errors, in the words of available_error_type',
  async (t) => {
    const [answer] = machine().tell('einj.types', {})

    t.match(answer, {
      data: {
        errorType: 0x1ff,
        availableErrorType: /^0x00000001\tProcessor Correctable\n.*0x00000100\tPCI Express Unc/s
      }
    })
  }
)

const REFUSED: readonly (readonly [string, object, { code: string; field: string }])[] = [
  ['two bits', { type: 0x18, flags: 2, param1: LINE }, { code: 'request-unsupported', field: '/type' }],
  ['a reserved bit', { type: 0x40000 }, { code: 'request-unsupported', field: '/type' }],
  ['platform errors', { type: 0x200 }, { code: 'not-modelled', field: '/type' }],
  ['platform errors with a flag', { type: 0x200, flags: 1 }, { code: 'not-modelled', field: '/type' }],
  ['CXL errors', { type: 0x20000, flags: 0xff }, { code: 'not-modelled', field: '/type' }],
  ['vendor defined errors', { type: 0x8000_0000, flags: 9 }, { code: 'not-modelled', field: '/type' }],
  ['vendor defined errors of a number', { type: 0x8000_0001 }, { code: 'not-modelled', field: '/type' }],
  ['EINJv2', { type: 0x4000_0000 }, { code: 'not-modelled', field: '/type' }],
  ['EINJv2’s component array', { ...MEMORY, flags: 8 }, { code: 'not-modelled', field: '/flags' }],
  ['reserved flags', { ...MEMORY, flags: 0x12 }, { code: 'request-unsupported', field: '/flags' }],
  ['memory with another flag only', { type: 0x10, flags: 1 }, { code: 'request-unsupported', field: '/flags' }],
  ['memory without an address', { type: 0x10, flags: 2 }, { code: 'field-missing', field: '/param1' }],
  ['memory without anything', { type: 0x10 }, { code: 'field-missing', field: '/param1' }],
  ['a CPU flag without an id', { type: 1, flags: 1 }, { code: 'field-missing', field: '/param3' }],
  ['PCIe without an SBDF', { type: 0x40 }, { code: 'field-missing', field: '/param1' }],
  ['PCIe with another flag', { type: 0x40, flags: 2 }, { code: 'request-unsupported', field: '/flags' }],
  [
    'a mask of a gigabyte',
    { ...MEMORY, param2: 0xffff_ffff_c000_0000n },
    { code: 'request-unsupported', field: '/param2' }
  ],
  ['a mask of 48 bits', { ...MEMORY, param2: 0xffff_ffff_f000n }, { code: 'request-unsupported', field: '/param2' }],
  ['no RAM', { ...MEMORY, param1: 0x900_0000n }, { code: 'address-outside-memory', field: '/param1' }],
  ['no RAM, without flags', { type: 8, param1: 0n }, { code: 'address-outside-memory', field: '/param1' }],
  ['a processor error to consume', { type: 1, signalled: 'SEA' }, { code: 'request-unsupported', field: '/signalled' }],
  [
    'triggered and to consume',
    { ...MEMORY, notrigger: 0, signalled: 'SEA' },
    { code: 'request-unsupported', field: '/signalled' }
  ]
]

void t.test('what cannot be injected is refused for the first reason there is, and nothing happens', async (t) => {
  for (const [what, request, expected] of REFUSED) {
    const m = machine()
    const before = m.state
    const effects = m.tell('einj.inject', request)

    t.match(refusal(effects), expected, what)
    t.strictSame(sent(effects), [])
    t.equal(m.state, before)
  }
})
