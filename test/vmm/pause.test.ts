import t from 'tap'
import { ao, ar, eintr, HVA, notes, refusal, sends, told, withVm, type Options } from './runner.ts'

const PAUSE = ['vm.pause', { vm: 'vm0' }] as const
const RESUME = ['vm.resume', { vm: 'vm0' }] as const
const inRun = (runner: ReturnType<typeof withVm>) => runner.vm().vcpus.map((vcpu) => vcpu.inRun)
const two = (options: Options = {}, more: object = {}) => withVm(options, { vcpus: 2, ...more })

void t.test('a paused VM has no vCPU in KVM_RUN, and goes on with all of them', async (t) => {
  const runner = two()
  t.strictSame(told(runner.post(...PAUSE)), ['ask kvm.kick', 'ask kvm.kick', 'note vm.paused', 'answer'])
  t.strictSame(inRun(runner), [false, false])
  t.equal(runner.vm().run, 'running', 'its process lives on')

  t.strictSame(told(runner.post(...RESUME)), ['note vm.resumed', 'send kvm.run', 'send kvm.run', 'answer'])
  t.strictSame(inRun(runner), [true, true])
  t.equal(runner.vm().paused, undefined)
})

void t.test('to pause a paused VM and to resume one that runs changes nothing', async (t) => {
  const runner = two()
  t.strictSame(told(runner.post(...RESUME)), ['answer'])
  runner.post(...PAUSE)
  t.strictSame(told(runner.post(...PAUSE)), ['answer'])
})

void t.test(
  'an error that a vCPU has met is decided about when it is paused meanwhile, and then it stays outside',
  async (t) => {
    const left = (ask: { readonly type: string }) => (ask.type === 'kvm.kick' ? { wasRunning: false } : undefined)
    const runner = withVm({ answer: left })
    runner.post('signal.deliver', ar(HVA))
    runner.post(...PAUSE)
    t.strictSame(inRun(runner), [true], 'its exit is on the way')
    const exit = runner.post('kvm.exit', eintr())
    t.equal(sends(exit, 'policy.decide').length, 1)
    t.strictSame(sends(exit, 'kvm.run'), [])
    t.strictSame(sends(runner.post(...RESUME), 'kvm.run').length, 1)
  }
)

void t.test('the VMM is told of memory errors while the VM is paused', async (t) => {
  const runner = withVm({ policy: () => ({ action: 'notify-interrupt', because: 'it can wait' }) })
  runner.post(...PAUSE)
  const signalled = runner.post('signal.deliver', ao(HVA))
  t.equal(notes(signalled, 'record.written').length, 1)
  t.strictSame(sends(signalled, 'kvm.run'), [])
  t.ok(runner.vm().errorLineHigh, 'the interrupt waits for the guest')
  runner.post(...RESUME)
  t.notOk(runner.vm().errorLineHigh)
})

void t.test('a reset of a paused VM leaves it paused, as QEMU does', async (t) => {
  const runner = two()
  runner.post(...PAUSE)
  t.strictSame(sends(runner.post('vm.reset', { vm: 'vm0' }), 'kvm.run'), [])
  t.equal(runner.vm().paused, 'prelaunch')
  t.equal(sends(runner.post(...RESUME), 'kvm.run').length, 2)
})

void t.test(
  'a VM that has ended is neither paused nor resumed, and a guest that has panicked does not go on',
  async (t) => {
    const ended = withVm()
    ended.post('vm.stop', { vm: 'vm0' })
    t.match(refusal(ended.post(...PAUSE)), { code: 'vm-state', detail: /stopped/ })
    t.match(refusal(ended.post(...RESUME)), { code: 'vm-state', detail: /stopped/ })

    const panicked = withVm()
    panicked.post('kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'panic' }))
    t.equal(panicked.vm().run, 'guest-panicked')
    t.strictSame(told(panicked.post(...PAUSE)), ['answer'])
    t.match(refusal(panicked.post(...RESUME)), { code: 'vm-state', detail: /only a reset/ })
  }
)
