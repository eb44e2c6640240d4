import t from 'tap'
import { decodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import type { Decision } from '../../shared/contracts/policy.ts'
import { morse } from '../../services/policy/morse.ts'
import { decide } from '../../services/policy/rule.ts'
import { ACK, ao, ar, BLOCK, eintr, GPA, HVA, notes, sends, told, withVm, type FakePolicy } from './runner.ts'

const asMorse: FakePolicy = (question) => decide(morse, question)
const always =
  (decision: Decision): FakePolicy =>
  () =>
    decision
const PAGE = 0x1000n

void t.test('AO becomes a record and an interrupt, in this order, and the vCPU is left alone (S9)', async (t) => {
  const runner = withVm({ policy: asMorse })

  const effects = runner.post('signal.deliver', ao(HVA + PAGE))

  const after = told(effects).slice(told(effects).indexOf('note policy.answered'))
  t.strictSame(after, [
    'note policy.answered',
    'ask memory.read',
    'ask memory.write',
    'ask memory.write',
    'note record.written',
    'send kvm.irq-line'
  ])
  t.strictSame(sends(effects, 'kvm.irq-line')[0]?.data, { vm: 'vm0', intid: 41, level: true })
  t.strictSame(
    sends(effects, 'memory.write').map(({ data }) => (data as { guestPhysical: bigint }).guestPhysical),
    [ACK.gpio, BLOCK.gpio],
    'the acknowledgement is taken back before the block is written'
  )
})

void t.test('AO may be left alone: nothing is written and the VM runs on (S10)', async (t) => {
  const runner = withVm()

  const effects = runner.post('signal.deliver', ao(HVA + PAGE))

  t.strictSame(sends(effects, 'memory.write'), [])
  t.strictSame(sends(effects, 'kvm.run'), [])
  t.equal(runner.vm().run, 'running')
  t.strictSame(runner.vm().poisoned, [{ guestPhysical: GPA + PAGE, lsb: 12, exception: undefined }])
})

void t.test('AR waits for KVM_RUN to return, then becomes a record, an abort and a run (S13, S14)', async (t) => {
  const runner = withVm({ policy: asMorse })

  const signalled = runner.post('signal.deliver', ar(HVA + PAGE))
  const effects = runner.post('kvm.exit', eintr())

  t.strictSame(signalled, [], 'the handler only fills its slot')
  t.strictSame(told(effects).slice(told(effects).indexOf('note policy.answered')), [
    'note policy.answered',
    'ask memory.read',
    'ask memory.write',
    'ask memory.write',
    'note record.written',
    'ask kvm.set-vcpu-events',
    'send kvm.run'
  ])
  t.match(sends(effects, 'kvm.set-vcpu-events')[0]?.data, { vcpu: 0, ext_dabt_pending: 1, serror_pending: 0 })
})

void t.test('the record names the page as the guest knows it and how much is lost', async (t) => {
  const runner = withVm({ policy: asMorse })
  runner.post('signal.deliver', ar(HVA + 0x20_1000n, { addressLsb: 21 }))
  runner.post('kvm.exit', eintr())

  const block = decodeErrorStatusBlock(runner.peek(BLOCK.sea, 1024))

  t.match(block, {
    blockStatus: 0x11,
    severity: 0,
    entries: [{ sectionType: SECTION_TYPE.platformMemory, revision: 0x300 }]
  })
  t.equal(block.entries[0]?.severity, 0)
  t.match(decodeMemorySection(block.entries[0]?.payload ?? new Uint8Array()), {
    physicalAddress: GPA + 0x20_1000n,
    physicalAddressMask: 0xffff_ffff_ffe0_0000n,
    errorType: 3
  })
  t.strictSame(runner.peek(ACK.sea, 8), new Uint8Array(8), 'the guest has not acknowledged it')
  t.strictSame(runner.vm().poisoned[0]?.guestPhysical, GPA + 0x20_0000n, 'all of the huge page is lost')
})

void t.test('the VMM may use any notification, whatever the host was told by (S1)', async (t) => {
  const cases: readonly (readonly [Decision['action'], readonly string[]])[] = [
    ['inject-sea', ['ask kvm.set-vcpu-events', 'send kvm.run']],
    ['inject-serror', ['ask kvm.set-vcpu-events', 'send kvm.run']],
    ['notify-interrupt', ['send kvm.run', 'send kvm.irq-line']],
    ['notify-poll', ['note record.written', 'send kvm.run']]
  ]
  for (const [action, last] of cases) {
    for (const kind of ['SEA', 'SError']) {
      const runner = withVm({ policy: always({ action, because: 'test' }) }, { exposeException: true })
      runner.post('exception.tell', { vm: 'vm0', kind, esr: 0xbe00_0c11n })
      runner.post('signal.deliver', ar(HVA + PAGE))

      const effects = runner.post('kvm.exit', eintr())

      t.strictSame(told(effects).slice(-2), last, `${kind} told as ${action}`)
      t.strictSame(notes(effects, 'decision.refused'), [])
    }
  }
})

void t.test('the interrupt line stays high until the vCPU that takes it has entered', async (t) => {
  const runner = withVm({ policy: asMorse })
  const levels = (from: number) =>
    sends(runner.effects.slice(from), 'kvm.irq-line').map(({ data }) => (data as { level: boolean }).level)
  runner.post('signal.deliver', ao(HVA + PAGE))
  runner.acknowledge(ACK.gpio)

  const second = runner.effects.length
  runner.post('signal.deliver', ao(HVA + 2n * PAGE))
  const entry = runner.effects.length
  const effects = runner.post('kvm.exit', eintr())
  runner.post('kvm.exit', eintr())

  t.strictSame(levels(second).slice(0, 2), [false, true], 'another error is another edge')
  t.strictSame(told(effects), ['send kvm.run', 'send kvm.irq-line'])
  t.strictSame(levels(entry), [false], 'once')
})

void t.test('an SError carries the syndrome of the answer, or none', async (t) => {
  for (const [esr, has, value] of [
    [0xc11n, 1, 0xc11n],
    [undefined, 0, 0n]
  ] as const) {
    const decision: Decision = { action: 'inject-serror', because: 'test', ...(esr === undefined ? {} : { esr }) }
    const runner = withVm({ policy: always(decision) })
    runner.post('signal.deliver', ar(HVA + PAGE))

    const effects = runner.post('kvm.exit', eintr())

    t.strictSame(sends(effects, 'kvm.set-vcpu-events')[0]?.data, {
      vm: 'vm0',
      vcpu: 0,
      serror_pending: 1,
      serror_has_esr: has,
      ext_dabt_pending: 0,
      serror_esr: value
    })
    t.strictSame(sends(effects, 'memory.write'), [], 'this guest has no SEI source')
  }
})

void t.test('remap asks the host for fresh memory and runs on', async (t) => {
  const runner = withVm({ policy: always({ action: 'remap', because: 'test' }) })
  runner.post('signal.deliver', ar(HVA + 0x20_1000n, { addressLsb: 21 }))

  const effects = runner.post('kvm.exit', eintr())

  t.strictSame(sends(effects, 'process.remap')[0]?.data, {
    pid: 4242,
    hostVirtual: HVA + 0x20_0000n,
    length: 0x20_0000n,
    backing: 'anonymous'
  })
  t.equal(told(effects).at(-1), 'send kvm.run')
  t.strictSame(runner.vm().poisoned, [])
})

void t.test(
  'the policy sees the hardware exception only where the VM exposes it, for both signals of one error',
  async (t) => {
    const told = { vm: 'vm0', kind: 'SError', esr: 0xbe00_0c11n }
    const signals = (exposeException: boolean) => {
      const runner = withVm({}, { exposeException })
      runner.post('exception.tell', told)
      runner.post('signal.deliver', ao(HVA + PAGE))
      runner.post('signal.deliver', ar(HVA + PAGE))
      runner.post('kvm.exit', eintr())
      runner.post('signal.deliver', ao(HVA + 2n * PAGE))
      return runner.questions.map(({ hardwareException }) => hardwareException)
    }

    const exposed = signals(true)
    const hidden = signals(false)

    const exception = { kind: 'SError', esr: 0xbe00_0c11n, syndromeClass: 'serror' }
    t.strictSame(exposed, [exception, exception, undefined])
    t.strictSame(hidden, [undefined, undefined, undefined])
  }
)

void t.test('AO and AR of one error list one page (S15)', async (t) => {
  const runner = withVm({ policy: asMorse })

  runner.post('signal.deliver', ao(HVA + PAGE))
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('kvm.exit', eintr())

  t.equal(runner.vm().poisoned.length, 1)
  t.match(runner.vm().counters, { actionOptional: 1, actionRequired: 1, recordsWritten: 2 })
})
