import t from 'tap'
import { encodeSError } from '../../../shared/formats/esr-serror.ts'
import { handleExitEarly, handleGuestSerror } from '../../../shared/linux/kvm/guest-serror.ts'
import { kvmHost } from './host.ts'

const aet = (value: number, dfsc = 0x11) => encodeSError({ aet: value, dfsc })

void t.test('A35 and A36: what an SError taken while the guest ran does, by class', async (t) => {
  const rows = [
    ['UC', aet(0), true, 'host-panic'],
    ['UEU', aet(1), true, 'vserror'],
    ['UEO', aet(2), true, 'nothing'],
    ['UER', aet(3), true, 'vserror'],
    ['reserved 4', aet(4), true, 'host-panic'],
    ['reserved 5', aet(5), true, 'host-panic'],
    ['CE', aet(6), true, 'nothing'],
    ['reserved 7', aet(7), true, 'host-panic'],
    ['uncategorised', aet(0, 0), true, 'host-panic'],
    ['uncategorised with AET', aet(3, 0), true, 'host-panic'],
    ['implementation defined', encodeSError({ ids: true }), true, 'vserror'],
    ['no RAS', aet(0), false, 'vserror']
  ] as const
  for (const [name, esr, ras, expected] of rows) {
    const { k, vcpu } = kvmHost({ options: { ras } })

    const { next, outcome } = handleGuestSerror(k, vcpu, esr)

    t.equal(outcome.kind, expected === 'host-panic' ? 'host-panic' : 'resume', name)
    t.equal(k.panic, expected === 'host-panic' ? 'Asynchronous SError Interrupt' : undefined, name)
    t.match(next, expected === 'vserror' ? { vse: true, vsesr_el2: 0x100_0000n } : { vse: false }, name)
  }
})

void t.test(
  'an SError that was pending at the exit discards the trap; the guest does the instruction again',
  async (t) => {
    const HVC = 0x5a00_0000n
    const SMC = 0x5e00_0000n
    for (const [esr_el2, pc] of [
      [HVC, 0x0ffcn],
      [SMC, 0x1000n]
    ] as const) {
      const { k, vcpu } = kvmHost()

      const exit = { code: 'trap', esr_el2, disr: 0x8000_0c11n } as const
      const handled = handleExitEarly(k, { ...vcpu, pc: 0x1000n }, exit)

      t.match(handled, { trapDiscarded: true, next: { pc, vse: true, esr_el2 } })
    }
  }
)

void t.test('with the SEI patch an SError without a record is judged as ever', async (t) => {
  const { k, vcpu } = kvmHost({ options: { ras: true, sei: true } })

  const { next, outcome } = handleGuestSerror(k, vcpu, aet(3))

  t.equal(outcome.kind, 'resume')
  t.match(next, { vse: true }, 'what a record changes is in scenarios/31-mirror.yaml')
})

void t.test('DISR is judged as ESR would be', async (t) => {
  const rows = [
    [0x8000_0011n, 'host-panic', false],
    [0x8000_0411n, 'resume', true],
    [0x8000_0811n, 'resume', false],
    [0x8000_1811n, 'resume', false],
    [0x8100_0000n, 'resume', true]
  ] as const
  for (const [disr, kind, vse] of rows) {
    const { k, vcpu } = kvmHost()

    const { outcome, next } = handleExitEarly(k, vcpu, { code: 'irq', disr })

    t.strictSame([outcome.kind, next.vse], [kind, vse], `DISR 0x${disr.toString(16)}`)
  }
})

void t.test('without RAS there is no DISR: whatever was pending becomes a vSError', async (t) => {
  const { k, vcpu } = kvmHost({ options: { ras: false } })

  const handled = handleExitEarly(k, vcpu, { code: 'irq', serrorPending: true })

  t.match(handled, { trapDiscarded: false, next: { vse: true, vsesr_el2: 0x100_0000n } })
})

void t.test('an exit without an SError only has its syndrome recorded', async (t) => {
  const { k, vcpu } = kvmHost()

  t.match(handleExitEarly(k, vcpu, { code: 'trap', esr_el2: 0x9200_0007n }), {
    trapDiscarded: false,
    next: { esr_el2: 0x9200_0007n, vse: false }
  })
  t.equal(handleExitEarly(k, vcpu, { code: 'irq', esr_el2: 1n }).next, vcpu)
  t.match(handleExitEarly(k, vcpu, { code: 'el1_serror', esr_el2: aet(3) }), { next: { vse: true } })
})
