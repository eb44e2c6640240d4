import t from 'tap'
import { handleGuestAbort } from '../../../shared/linux/kvm/guest-abort.ts'
import { ENOEXEC } from '../../../shared/linux/kvm/ioctl.ts'
import { answerMmio } from '../../../shared/linux/kvm/mmio.ts'
import { setVcpuEvents } from '../../../shared/linux/kvm/vcpu-events.ts'
import { vcpuRun } from '../../../shared/linux/kvm/vcpu-run.ts'
import { createVcpu, readX } from '../../../shared/linux/kvm/vcpu.ts'
import { updateThread } from '../../../shared/linux/kernel/task.ts'
import { dataAbort, kvmHost, PID, VCPU_TID } from './host.ts'

const NOWHERE = 0x2000_0010n

void t.test('a vCPU that was not initialised does not run', async (t) => {
  const { k, vm } = kvmHost()

  t.match(vcpuRun(k, vm, createVcpu(0, 1, false)), { kind: 'exit', exit: { ret: -1, errno: ENOEXEC } })
})

void t.test('a signal that is pending comes before the guest', async (t) => {
  const { k, vm, vcpu } = kvmHost()
  updateThread(k, PID, VCPU_TID, { pending: { signo: 7, code: 5 } })

  t.match(vcpuRun(k, vm, vcpu), { kind: 'exit', exit: { ret: -1, errno: 4, exitReason: 10 } })
})

void t.test(
  'the answer to an MMIO read lands in the register and the guest goes on behind the instruction',
  async (t) => {
    const rows = [
      [{ sas: 3, sse: false, sf: true }, 0x8877_6655_4433_2211n, 0x8877_6655_4433_2211n],
      [{ sas: 0, sse: false, sf: true }, 0x80n, 0x80n],
      [{ sas: 0, sse: true, sf: true }, 0x80n, 0xffff_ffff_ffff_ff80n],
      [{ sas: 1, sse: true, sf: false }, 0x8000n, 0xffff_8000n]
    ] as const
    for (const [access, data, expected] of rows) {
      const { k, vm, vcpu } = kvmHost()
      const abort = dataAbort(NOWHERE, { access: { ...access, srt: 4, ar: false } })
      const exited = handleGuestAbort(k, vm, { ...vcpu, pc: 0x1000n }, abort).next

      const run = vcpuRun(k, vm, answerMmio(exited, data))

      t.match(run, { entry: { pc: 0x1004n } })
      t.equal(readX(run.next, 4), expected)
    }
  }
)

void t.test('an access the VMM has aborted is not stepped over: ELR is the access', async (t) => {
  for (const version of ['6.1', '6.12', '7.3'] as const) {
    const { k, vm, vcpu } = kvmHost({ version })
    const exited = handleGuestAbort(k, vm, { ...vcpu, pc: 0x1000n }, dataAbort(NOWHERE)).next

    const events = { serrorPending: 0, serrorHasEsr: 0, extDabtPending: 1, serrorEsr: 0n }
    const run = vcpuRun(k, vm, setVcpuEvents(k, exited, events).vcpu)

    t.match(run, { entry: { pc: 0x200n, exception: { elr_el1: 0x1000n, far_el1: NOWHERE } } }, version)
    t.match(vcpuRun(k, vm, run.next), { entry: { pc: 0x200n } }, 'and that was all')
  }
})

void t.test('a guest with nothing pending is entered where it was', async (t) => {
  const { k, vm, vcpu } = kvmHost()

  const run = vcpuRun(k, vm, { ...vcpu, pc: 0x1000n })

  t.strictSame(run.kind === 'enter' && run.entry, { pc: 0x1000n, pstate: 0x3c5n })
})
