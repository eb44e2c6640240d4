import t from 'tap'
import type { ErrorInject } from '../../shared/contracts/hardware.ts'
import { READS } from '../../services/hardware/reads.ts'
import { GUEST_LOAD, HOST_LOAD, LINE, machine, MAP, MEMORY_ERROR, notes, refusal, sent, told } from './support.ts'

const CORRECTED = { severity: 'corrected', containment: 'CE' } as const

void t.test('an address outside of RAM is refused and nothing changes', async (t) => {
  const m = machine()
  const before = m.state

  const effects = m.tell('error.inject', { ...MEMORY_ERROR, hostPhysical: 0x8000_0000n })

  t.match(refusal(effects), { code: 'address-outside-memory', field: '/hostPhysical' })
  t.equal(m.state, before)
})

const IMPOSSIBLE: readonly (readonly [string, Partial<ErrorInject>, string])[] = [
  ['no severity', { severity: 'none' }, '/severity'],
  ['corrected, yet it has spread', { severity: 'corrected', containment: 'UC' }, '/containment'],
  ['class CE, yet not corrected', { containment: 'CE' }, '/severity'],
  ['uncontained, yet recoverable', { containment: 'UC' }, '/severity'],
  ['a synchronous abort of class UEU', { containment: 'UEU' }, '/containment'],
  ['deferred, yet uncontained', { signalled: 'interrupt', containment: 'UC', severity: 'fatal' }, '/containment'],
  ['deferred, yet of class UEU', { signalled: 'interrupt', containment: 'UEU' }, '/containment']
]

void t.test('what the architecture cannot describe is refused with the rule', async (t) => {
  for (const [what, error, field] of IMPOSSIBLE) {
    const m = machine()

    const effects = m.tell('error.inject', { ...MEMORY_ERROR, ...error })

    t.match(refusal(effects), { code: 'error-impossible', field }, what)
    t.equal(m.state.poisonedLines, 0)
  }
})

void t.test('an error signalled by interrupt is told at once and aborts whoever consumes it later', async (t) => {
  const m = machine()

  const planted = m.tell('error.inject', { ...MEMORY_ERROR, signalled: 'interrupt' })
  const consumed = m.tell('memory.access', HOST_LOAD)

  t.strictSame(sent(planted), [
    {
      to: 'firmware',
      type: 'error.interrupt',
      data: { record: { status: 0xc080_000cn, hostPhysical: LINE, kind: 'memory', severity: 'recoverable' } }
    }
  ])
  t.match(sent(consumed), [{ type: 'exception.take', data: { exception: 'SEA' } }])
})

void t.test('a corrected error gives good data and is told once', async (t) => {
  const m = machine()
  m.tell('error.inject', { ...MEMORY_ERROR, ...CORRECTED })

  const first = m.tell('memory.access', HOST_LOAD)
  const second = m.tell('memory.access', HOST_LOAD)

  t.strictSame(told(first), ['host-kernel access.complete', 'firmware error.interrupt'])
  t.match(sent(first)[1], { data: { record: { severity: 'corrected', status: 0xc200_000cn } } })
  t.strictSame(told(second), ['host-kernel access.complete'])
})

void t.test('a corrected error signalled by interrupt leaves the line as it was', async (t) => {
  const m = machine()

  t.strictSame(told(m.tell('error.inject', { ...MEMORY_ERROR, ...CORRECTED, signalled: 'interrupt' })), [
    'firmware error.interrupt'
  ])
  t.strictSame(told(m.tell('memory.access', HOST_LOAD)), ['host-kernel access.complete'])
})

void t.test('a further error in a poisoned line only sets the overflow bit', async (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)

  const again = m.tell('error.inject', { ...MEMORY_ERROR, hostPhysical: LINE + 0x3fn, signalled: 'SError' })
  const consumed = m.tell('memory.access', HOST_LOAD)

  t.strictSame(notes(again), ['error.overflow'])
  t.equal(m.state.poisonedLines, 1)
  t.match(
    sent(consumed),
    [{ data: { exception: 'SEA', record: { status: 0xe830_000cn } } }],
    'the first stays, OF is set'
  )
})

void t.test('poison takes the place of an error that could be corrected', async (t) => {
  const m = machine()
  m.tell('error.inject', { ...MEMORY_ERROR, ...CORRECTED })

  m.tell('error.inject', MEMORY_ERROR)

  t.equal(m.state.poisonedLines, 1)
  t.strictSame(told(m.tell('memory.access', HOST_LOAD)), ['firmware exception.take'])
})

void t.test('only the line is poisoned, not its neighbours', async (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)

  t.strictSame(told(m.tell('memory.access', { ...HOST_LOAD, physical: LINE + 0x40n })), ['host-kernel access.complete'])
  t.strictSame(told(m.tell('memory.access', { ...HOST_LOAD, physical: LINE - 1n })), ['host-kernel access.complete'])
})

void t.test('the patrol scrubber tells of each line in its range once, by address', async (t) => {
  const m = machine()
  for (const hostPhysical of [LINE + 0x1000n, LINE, 0x7000_0000n]) {
    m.tell('error.inject', { ...MEMORY_ERROR, hostPhysical })
  }
  m.tell('error.inject', { ...MEMORY_ERROR, ...CORRECTED, hostPhysical: LINE + 0x80n })

  const effects = m.tell('patrol.scrub', { start: 0x4000_0000n, end: 0x6000_0000n })
  const again = m.tell('patrol.scrub', { start: 0x4000_0000n, end: 0x6000_0000n })

  t.match(sent(effects), [
    { type: 'error.interrupt', data: { record: { hostPhysical: LINE } } },
    { type: 'error.interrupt', data: { record: { hostPhysical: LINE + 0x80n, severity: 'corrected' } } },
    { type: 'error.interrupt', data: { record: { hostPhysical: LINE + 0x1000n } } }
  ])
  t.equal(sent(again).length, 2, 'what it could correct is corrected')
  t.match(refusal(m.tell('patrol.scrub', { start: 1n, end: 1n })), { code: 'range-invalid' })
})

void t.test('a repaired line gives data again', async (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)

  m.tell('line.repair', { hostPhysical: LINE + 5n })

  t.equal(m.state.poisonedLines, 0)
  t.strictSame(told(m.tell('memory.access', HOST_LOAD)), ['host-kernel access.complete'])
  t.match(refusal(m.tell('line.repair', { hostPhysical: 0n })), { code: 'address-outside-memory' })
})

void t.test('RAM is what it is said to be, and errors outside of it are gone', async (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)

  const effects = m.tell('memory.map', { ranges: [{ start: 0x8000_0000n, end: 0x9000_0000n }] })

  t.strictSame(notes(effects), ['memory.removed'])
  t.equal(m.state.poisonedLines, 0)
  t.match(refusal(m.tell('error.inject', MEMORY_ERROR)), { code: 'address-outside-memory' })
  for (const ranges of [
    [{ start: 0n, end: 0n }],
    [{ start: 1n, end: 0x2000n }],
    [{ start: 0n, end: 1n << 52n }],
    [
      { start: 0n, end: 0x2000n },
      { start: 0x1000n, end: 0x3000n }
    ]
  ]) {
    t.match(refusal(m.tell('memory.map', { ranges })), { code: 'range-invalid' })
  }
})

void t.test('the reads show poisoned lines by page and in all, and what stage 2 maps', async (t) => {
  const m = machine()
  m.tell('error.inject', MEMORY_ERROR)
  m.tell('stage2.map', MAP)
  m.tell('memory.access', GUEST_LOAD)
  const read = (path: string, params = {}) =>
    READS.find((row) => row.path.endsWith(path))?.read(m.state, params, { machine: 'm0', now: 0 })

  t.match(read('/hardware'), { poisonedLines: 1, contexts: [{ name: 'vm0/vcpu0', spinning: false }] })
  t.match(read('/pages/:address', { address: 0x4800_1fffn }), { poisoned: true, lines: [{ hostPhysical: LINE }] })
  t.match(read('/pages/:address', { address: 0x4800_2000n }), { poisoned: false, lines: [] })
  t.equal(read('/pages/:address', { address: 0n }), undefined)
  t.match(read('/poisoned'), { lines: [{ hostPhysical: LINE }] })
  t.match(read('/stage2', { vm: 'vm0' }), {
    ranges: [{ guestPhysical: MAP.guestPhysical, hostPhysical: LINE, length: 0x1000n }]
  })
  t.equal(read('/stage2', { vm: 'vm9' }), undefined)
})
