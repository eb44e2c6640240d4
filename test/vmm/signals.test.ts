import t from 'tap'
import { READS } from '../../services/vmm/reads.ts'
import { ACK, ao, ar, BLOCK, eintr, HVA, notes, refusal, sends, told, withVm } from './runner.ts'

const HERE = { machine: 'm0', now: 0 }

const PAGE = 0x1000n

void t.test('KVM_RUN interrupted without a signal is entered again', async (t) => {
  const runner = withVm()

  const effects = runner.post('kvm.exit', eintr())

  t.strictSame(told(effects), ['send kvm.run'])
})

void t.test('a second signal finds the slot occupied: the first stays, and the VM counts', async (t) => {
  const runner = withVm()
  runner.post('signal.deliver', ar(HVA + PAGE))

  const effects = runner.post('signal.deliver', ar(HVA + 2n * PAGE))
  runner.post('kvm.exit', eintr())

  t.strictSame(told(effects), ['note sigbus.slot-occupied'])
  t.equal(runner.vm().counters.slotOccupied, 1)
  t.equal(runner.questions.length, 1)
  t.equal(runner.questions[0]?.signal.hostVirtual, HVA + PAGE)
})

void t.test('each vCPU thread has a slot of its own', async (t) => {
  const runner = withVm({}, { vcpus: 2 })
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('signal.deliver', ar(HVA + PAGE, { tid: 4244 }))

  runner.post('kvm.exit', eintr({ vcpu: 1 }))
  runner.post('kvm.exit', eintr())

  t.strictSame(
    runner.questions.map(({ vcpu }) => vcpu),
    [1, 0]
  )
})

void t.test('AR on a thread without vCPU is decided at once, with no vCPU', async (t) => {
  const runner = withVm()

  runner.post('signal.deliver', ar(HVA + PAGE, { tid: 4242 }))

  t.equal(runner.questions[0]?.vcpu, undefined)
  t.equal(runner.questions[0]?.guest.inRam, true)
})

void t.test("the VMM's own memory is not the guest's", async (t) => {
  const runner = withVm()

  runner.post('signal.deliver', ao(0x7f00_0000_0000n))

  t.strictSame(runner.questions[0]?.guest, { inRam: false })
  t.strictSame(runner.vm().poisoned, [])
})

void t.test('the question carries the sources and whether the guest has acknowledged them', async (t) => {
  const runner = withVm({ policy: () => ({ action: 'notify-poll', because: 'test' }) })
  runner.post('signal.deliver', ao(HVA + PAGE))

  runner.post('signal.deliver', ao(HVA + 2n * PAGE))

  t.strictSame(runner.questions[1]?.sources, [
    { source: 0, notify: 'SEA', acknowledged: true },
    { source: 1, notify: 'GPIO', acknowledged: true },
    { source: 2, notify: 'POLLED', acknowledged: false }
  ])
  t.strictSame(runner.questions[1]?.history, { errors: 2 })
  t.equal(runner.vm().counters.recordsDropped, 1, 'a busy block loses the record, and the VMM says so')
})

void t.test('what ends a VM', async (t) => {
  const cases: readonly (readonly [string, string, object, string])[] = [
    ['a signal took its default action', 'signal.deliver', ar(HVA, { killed: true }), 'killed'],
    ['SIGKILL', 'signal.deliver', ao(HVA, { signo: 9, code: 128, codeName: 'SI_KERNEL' }), 'killed'],
    ['SIGBUS that is no report', 'signal.deliver', ao(HVA, { code: 3, codeName: 'BUS_OBJERR' }), 'killed'],
    [
      'the guest panics',
      'kvm.exit',
      eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'panic' }),
      'guest-panicked'
    ],
    ['power off', 'kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'system-off' }), 'off'],
    ['reset', 'kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'system-reset' }), 'reset'],
    ['EFAULT', 'kvm.exit', eintr({ errno: 14 }), 'failed'],
    ['KVM_EXIT_ARM_SEA, which was not enabled', 'kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 41 }), 'stopped'],
    ['MMIO', 'kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 6 }), 'stopped']
  ]
  for (const [what, type, data, state] of cases) {
    const runner = withVm()

    const effects = runner.post(type, data)

    t.equal(runner.vm().run, state, what)
    t.match(notes(effects, 'vm.ended'), [{ vm: 'vm0', state }], what)
    t.strictSame(sends(effects, 'kvm.run'), [], what)
  }
})

void t.test('a VM that has ended stays so, and says that something came too late', async (t) => {
  const runner = withVm({}, { vcpus: 2 })
  runner.post('kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'panic' }))

  const signal = runner.post('signal.deliver', ao(HVA + PAGE))
  const exit = runner.post('kvm.exit', eintr({ vcpu: 1 }))

  t.strictSame(told(signal), ['note signal.too-late'])
  t.strictSame(told(exit), ['note exit.too-late'])
  t.equal(runner.vm().run, 'guest-panicked')
})

void t.test('messages for what is not there are refused', async (t) => {
  const cases: readonly (readonly [string, object, string])[] = [
    ['signal.deliver', ao(HVA, { vm: 'vm9' }), 'vm-unknown'],
    ['signal.deliver', ao(HVA, { pid: 1 }), 'process-unknown'],
    ['kvm.exit', eintr({ vcpu: 3 }), 'vcpu-unknown'],
    ['kvm.dance', { vm: 'vm0' }, 'event-type-unknown']
  ]
  for (const [type, data, code] of cases) {
    const runner = withVm()

    const effects = runner.post(type, data)

    t.match(refusal(effects), { code }, type)
    t.equal(effects.length, 1)
  }
})

void t.test('VMs can be looked at: all, one, its sources', async (t) => {
  const runner = withVm()
  runner.post('signal.deliver', ao(HVA + PAGE))

  const [all, one, sources] = READS.map((route) => route.read(runner.state, { vm: 'vm0' }, HERE))
  const unknown = READS.slice(1, 3).map((route) => route.read(runner.state, { vm: 'vm9' }, HERE))

  t.match(all, { vms: [{ vm: 'vm0', state: 'running', pid: 4242, vcpus: 1 }] })
  t.match(one, { vcpus: [{ tid: 4243, inRun: true }], poisoned: [{ lsb: 12 }], history: [{ action: 'ignore' }] })
  t.match(sources, { sources: [{ source: 0, notify: 'SEA', readAck: ACK.sea, block: BLOCK.sea }, {}, {}] })
  t.strictSame(unknown, [undefined, undefined])
})
