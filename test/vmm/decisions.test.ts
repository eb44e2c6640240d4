import t from 'tap'
import fc from 'fast-check'
import { ACTIONS } from '../../shared/contracts/policy-actions.ts'
import {
  ACK,
  ao,
  ar,
  eintr,
  HVA,
  ignore,
  notes,
  PC,
  refusal,
  sends,
  SILENT,
  told,
  withVm,
  type FakePolicy
} from './runner.ts'

const PAGE = 0x1000n
const OWN = 0x7f00_0000_0000n
const says =
  (answer: unknown): FakePolicy =>
  () =>
    answer

/** The same signal with this answer: AR on vCPU 0, or AO. */
function answered(answer: unknown, signal: 'AR' | 'AO', hostVirtual = HVA + PAGE) {
  const runner = withVm({ policy: says(answer) })
  const posted = runner.post('signal.deliver', signal === 'AR' ? ar(hostVirtual) : ao(hostVirtual))
  const effects = signal === 'AR' ? runner.post('kvm.exit', eintr()) : posted
  return { runner, effects }
}

void t.test('an SEA without a faulting vCPU access is refused by name, and the fallback is taken (S3)', async (t) => {
  const { runner, effects } = answered({ action: 'inject-sea', because: 'test' }, 'AO')

  t.match(notes(effects, 'decision.refused'), [{ vm: 'vm0', rule: 'sea-needs-a-faulting-vcpu-access' }])
  t.match(notes(effects, 'policy.answered'), [{ action: 'ignore', fallback: true }])
  t.strictSame(sends(effects, 'kvm.set-vcpu-events'), [])
  t.equal(runner.vm().run, 'running')
})

void t.test('a stage-2 fault of the guest is all an SEA needs (S4)', async (t) => {
  const { effects } = answered({ action: 'inject-sea', because: 'test' }, 'AR')

  t.strictSame(notes(effects, 'decision.refused'), [])
  t.equal(sends(effects, 'kvm.set-vcpu-events').length, 1)
})

void t.test('each rule that an answer can break is named', async (t) => {
  const because = 'test'
  const cases = [
    ['answer-is-a-decision', null, 'AR', HVA],
    ['answer-is-a-decision', 7n, 'AR', HVA],
    ['answer-is-a-decision', {}, 'AR', HVA],
    ['answer-is-a-decision', { action: 'ignore' }, 'AR', HVA],
    ['answer-is-a-decision', { action: 'inject-serror', esr: '0xc11', because }, 'AR', HVA],
    ['action-known', { action: 'pray', because }, 'AR', HVA],
    ['sea-needs-a-faulting-vcpu-access', { action: 'inject-sea', because }, 'AR', OWN],
    ['serror-iss-is-25-bits', { action: 'inject-serror', esr: 0xbe00_0c11n, because }, 'AR', HVA],
    ['notification-needs-a-guest-address', { action: 'notify-interrupt', because }, 'AO', OWN],
    ['interrupt-needs-a-source', { action: 'notify-interrupt', source: 0, because }, 'AO', HVA],
    ['poll-needs-a-source', { action: 'notify-poll', source: 1, because }, 'AO', HVA],
    ['record-fits-its-source', { action: 'inject-sea', source: 1, because }, 'AR', HVA],
    ['remap-needs-guest-ram', { action: 'remap', because }, 'AO', OWN]
  ] as const
  for (const [rule, answer, signal, address] of cases) {
    const { effects } = answered(answer, signal, address)

    t.match(notes(effects, 'decision.refused'), [{ rule }], rule)
    t.match(notes(effects, 'policy.answered'), [{ fallback: true }], rule)
  }
})

void t.test('a policy that is silent gets its fallback, and the journal says so', async (t) => {
  const cases = [
    ['AR', HVA + PAGE, 'inject-sea', 'running'],
    ['AO', HVA + PAGE, 'ignore', 'running'],
    ['AR', OWN, 'kill-vmm', 'killed'],
    ['AO', OWN, 'ignore', 'running']
  ] as const
  for (const [signal, address, action, state] of cases) {
    const { runner, effects } = answered(SILENT, signal, address)

    t.match(notes(effects, 'policy.answered'), [
      { action, because: 'the policy did not answer in 500 ms', fallback: true }
    ])
    t.match(sends(effects, 'policy.decide'), [{ deadlineMs: 500 }])
    t.equal(runner.vm().run, state)
    t.equal(runner.vm().counters.fallbacks, 1)
  }
})

void t.test('a policy may stop the VM or kill the VMM', async (t) => {
  for (const [action, state] of [
    ['stop-vm', 'stopped'],
    ['kill-vmm', 'killed']
  ] as const) {
    const { runner, effects } = answered({ action, because: 'enough' }, 'AR')

    t.match(notes(effects, 'vm.ended'), [{ state, because: 'enough' }])
    t.equal(runner.vm().run, state)
    t.strictSame(sends(effects, 'kvm.run'), [])
  }
})

void t.test('an SEA waits for the acknowledgement of the record before it', async (t) => {
  const runner = withVm({ policy: says({ action: 'inject-sea', because: 'test' }) })
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('kvm.exit', eintr())
  runner.post('signal.deliver', ar(HVA + 2n * PAGE))

  const effects = runner.post('kvm.exit', eintr({ pc: PC + 4n }))
  runner.fire()
  runner.fire()
  const before = sends(runner.effects, 'kvm.run').length
  runner.acknowledge(ACK.sea)
  runner.fire()

  t.strictSame(told(effects).slice(-2), ['note record.waiting', 'timer record.retry'])
  t.equal(before, 2, 'the vCPU stays outside meanwhile')
  t.equal(sends(runner.effects, 'kvm.run').length, 3)
  t.equal(runner.vm().counters.recordsWritten, 2)
  t.equal(runner.fire(), 0, 'no timer is left')
})

void t.test('a guest that never acknowledges is a livelock, said once; the VMM waits on all the same', async (t) => {
  const runner = withVm({ policy: says({ action: 'inject-sea', because: 'test' }) })
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('kvm.exit', eintr())
  runner.post('signal.deliver', ar(HVA + 2n * PAGE))
  runner.post('kvm.exit', eintr())

  for (let fired = 0; fired < 40; fired++) t.equal(runner.fire(), 1)
  runner.acknowledge(ACK.sea)
  runner.fire()

  t.match(notes(runner.effects, 'livelock'), [{ vm: 'vm0', vcpu: 0 }])
  t.match(notes(runner.effects, 'wait.over'), [{ vm: 'vm0', vcpu: 0 }])
  t.equal(runner.vm().run, 'running')
  t.equal(sends(runner.effects, 'kvm.run').length, 3, 'the vCPU is inside again')
})

void t.test('no VMM counts how often a vCPU meets the same error', async (t) => {
  for (const action of ['ignore', 'inject-serror', 'notify-poll', 'inject-sea'] as const) {
    const runner = withVm({ policy: says({ action, because: 'test', record: false }) })
    for (let times = 0; times < 100; times++) {
      runner.post('signal.deliver', ar(HVA + PAGE))
      runner.post('kvm.exit', eintr())
    }

    t.equal(runner.vm().run, 'running', action)
    t.strictSame(notes(runner.effects, 'livelock'), [], action)
  }
})

void t.test('an exit of a vCPU that is outside is refused', async (t) => {
  const runner = withVm({ policy: says({ action: 'inject-sea', because: 'test' }) })
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('kvm.exit', eintr())
  runner.post('signal.deliver', ar(HVA + 2n * PAGE))
  runner.post('kvm.exit', eintr())

  const effects = runner.post('kvm.exit', eintr())

  t.match(refusal(effects), { code: 'vcpu-state' })
})

void t.test('KVM that does not take the exception ends the VM loudly', async (t) => {
  for (const action of ['inject-sea', 'inject-serror']) {
    const runner = withVm({
      policy: says({ action, because: 'test' }),
      answer: ({ type }) => (type === 'kvm.set-vcpu-events' ? { ret: -1, errno: 22 } : undefined)
    })
    runner.post('signal.deliver', ar(HVA + PAGE))

    const effects = runner.post('kvm.exit', eintr())

    t.match(notes(effects, 'ioctl.failed'), [{ ioctl: 'kvm.set-vcpu-events', errno: 22 }])
    t.equal(runner.vm().run, 'failed')
  }
})

void t.test(
  'whatever a policy answers, the vCPU runs again, waits for an acknowledgement, or the VM has ended',
  async (t) => {
    const decision = fc.record(
      {
        action: fc.oneof(fc.constantFrom(...ACTIONS), fc.string()),
        source: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant('0')),
        record: fc.boolean(),
        esr: fc.oneof(fc.bigInt({ min: -1n, max: 0x3ff_ffffn }), fc.constant(17)),
        because: fc.string()
      },
      { requiredKeys: [] }
    )
    const answer = fc.oneof({ weight: 5, arbitrary: decision }, fc.anything({ withBigInt: true }), fc.constant(SILENT))
    const signal = fc.record({
      required: fc.boolean(),
      hostVirtual: fc.oneof(fc.bigInt({ min: HVA, max: HVA + 0x3ff_ffffn }), fc.constant(OWN)),
      addressLsb: fc.constantFrom(12, 16, 21, 30),
      tid: fc.constantFrom(4242, 4243)
    })

    fc.assert(
      fc.property(fc.array(fc.tuple(signal, answer), { minLength: 1, maxLength: 6 }), fc.boolean(), (steps, acks) => {
        let next: unknown = ignore
        const runner = withVm({ policy: () => next })
        for (const [{ required, ...rest }, given] of steps) {
          next = given
          if (runner.vm().run !== 'running') break
          runner.post('signal.deliver', required ? ar(HVA, rest) : ao(HVA, rest))
          if (runner.vm().vcpus[0]?.inRun === true) runner.post('kvm.exit', eintr())
          if (acks) for (const cell of Object.values(ACK)) runner.acknowledge(cell)
          runner.fire()
          const {
            run,
            vcpus: [first]
          } = runner.vm()
          const waits = !acks && first?.waiting !== undefined
          if (run === 'running' && first?.inRun !== true && !waits) return false
        }
        return true
      }),
      { numRuns: 300 }
    )
    t.pass()
  }
)
