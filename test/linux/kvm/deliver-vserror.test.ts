import t from 'tap'
import { deliverVserror, errorSynchronizationBarrier, isrEl1 } from '../../../shared/linux/kvm/deliver-vserror.ts'
import { setVcpuEvents } from '../../../shared/linux/kvm/vcpu-events.ts'
import { vcpuRun } from '../../../shared/linux/kvm/vcpu-run.ts'
import { createVcpu, RESET_UNKNOWN } from '../../../shared/linux/kvm/vcpu.ts'
import { doSError } from '../../../shared/linux/arm64/serror.ts'
import { kvmHost } from './host.ts'

const CPU0 = { pid: undefined, tid: undefined, comm: 'swapper/0', cpu: 0 }

void t.test('A34: a vSError of 0x811 is ignored by a Linux guest, one of 0xc11 panics it', async (t) => {
  const rows = [
    [0x000n, 'panic'],
    [0x011n, 'panic'],
    [0x411n, 'panic'],
    [0x811n, 'ignored'],
    [0xc11n, 'panic'],
    [0x1811n, 'ignored'],
    [0x100_0000n, 'panic'],
    [0x1ff_ffffn, 'panic']
  ] as const
  for (const [serrorEsr, fate] of rows) {
    const { k, vm, vcpu } = kvmHost()
    const guest = kvmHost()
    const unmasked = { ...vcpu, pstate: 0x2c5n, pc: 0x1000n }

    const { vcpu: set } = setVcpuEvents(k, unmasked, {
      serrorPending: 1,
      serrorHasEsr: 1,
      extDabtPending: 0,
      serrorEsr
    })
    const run = vcpuRun(k, vm, set)
    const esr = run.kind === 'enter' ? (run.entry.exception?.esr_el1 ?? 0n) : 0n

    t.equal(esr, 0xbe00_0000n | serrorEsr, 'ESR_EL1')
    t.equal(doSError(guest.k, CPU0, esr), fate, `0x${serrorEsr.toString(16)}`)
  }
})

void t.test('it is taken once, FAR is not touched, and ISR_EL1.A shows it only while it waits', async (t) => {
  const waiting = { ...createVcpu(0, 1), vse: true, vsesr_el2: 0xc11n, pc: 0x1000n }

  const masked = deliverVserror(waiting)
  const taken = deliverVserror({ ...waiting, pstate: 0n })

  t.equal(masked, undefined)
  t.equal(isrEl1(waiting), 0x100n)
  t.match(taken, { pc: 0x580n, elr_el1: 0x1000n, spsr_el1: 0n, far_el1: RESET_UNKNOWN, vse: false })
  t.equal(taken && deliverVserror({ ...taken, pstate: 0n }), undefined)
  t.equal(taken && isrEl1(taken), 0n)
})

void t.test('ESB defers a masked one into DISR_EL1 and takes one that is not masked', async (t) => {
  const waiting = { ...createVcpu(0, 1), vse: true, vsesr_el2: 0xc11n }

  t.match(errorSynchronizationBarrier(waiting), { vse: false, disr_el1: 0x8000_0c11n, pc: 0n })
  t.match(errorSynchronizationBarrier({ ...waiting, pstate: 0x5n }), { vse: false, disr_el1: 0n, pc: 0x380n })
  t.match(errorSynchronizationBarrier({ ...waiting, vse: false }), { disr_el1: 0n })
})

void t.test(
  'an abort injected together with an SError goes first; the SError waits behind the mask it sets',
  async (t) => {
    for (const version of ['6.1', '6.12', '7.3'] as const) {
      const { k, vm, vcpu } = kvmHost({ version })

      const { vcpu: set } = setVcpuEvents(
        k,
        { ...vcpu, pstate: 0x2c5n },
        {
          serrorPending: 1,
          serrorHasEsr: 1,
          extDabtPending: 1,
          serrorEsr: 0xc11n
        }
      )
      const run = vcpuRun(k, vm, set)

      t.match(run, { entry: { exception: { vector: 0x200 } }, next: { vse: true, vsesr_el2: 0xc11n } }, version)
    }
  }
)
