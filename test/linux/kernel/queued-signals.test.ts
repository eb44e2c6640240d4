import t from 'tap'
import { SIGBUS_CODE_NAME } from '../../../shared/formats/siginfo.ts'
import { blockSigbus, returnToUser, sendSignal } from '../../../shared/linux/kernel/signal.ts'
import { KWORKER, type SignalDelivery } from '../../../shared/linux/kernel/state.ts'
import { MF_ACTION_REQUIRED } from '../../../shared/linux/mm/memory-failure-flags.ts'
import {
  memoryFailureQueue,
  runMemoryFailureWork,
  runSynchronousWork
} from '../../../shared/linux/mm/memory-failure-queue.ts'
import { machine, PFN, VIRTUAL, victim, vma } from '../mm/mm-machine.ts'

/** The frame at VIRTUAL is also mapped 1 GiB above, as shared memory that is attached twice. */
const SECOND = VIRTUAL + 0x4000_0000n
const TWICE = [vma('shmem'), vma('shmem', { virtual: SECOND })]

const told = (signals: readonly SignalDelivery[]) =>
  signals.map(({ info: { code, address }, effect }) => [SIGBUS_CODE_NAME.get(code), address, effect])

void t.test(
  'a frame that its consumer maps twice gives it one BUS_MCEERR_AR; the second is lost while that is queued',
  async (t) => {
    const { k, signals } = machine({ version: '7.3' })
    const ctx = victim(k, TWICE)
    memoryFailureQueue(k, PFN, MF_ACTION_REQUIRED, 0)

    runSynchronousWork(k, ctx)

    t.strictSame(told(signals), [
      ['BUS_MCEERR_AR', VIRTUAL, 'handler'],
      ['BUS_MCEERR_AR', SECOND, 'lost']
    ])
  }
)

void t.test(
  'a frame that an early-kill process maps twice gives it one BUS_MCEERR_AO a memory_failure()',
  async (t) => {
    const { k, signals } = machine()
    victim(k, TWICE, 'early')
    memoryFailureQueue(k, PFN, 0, 0)
    memoryFailureQueue(k, PFN + 1n, 0, 0)

    runMemoryFailureWork(k, 0, KWORKER)

    t.strictSame(told(signals), [
      ['BUS_MCEERR_AO', VIRTUAL, 'handler'],
      ['BUS_MCEERR_AO', SECOND, 'lost'],
      ['BUS_MCEERR_AO', VIRTUAL + 0x1000n, 'handler'],
      ['BUS_MCEERR_AO', SECOND + 0x1000n, 'lost']
    ])
  }
)

void t.test('the thread that the kernel was entered from gets one SIGBUS for all frames of a record', async (t) => {
  const { k, signals } = machine()
  const ctx = victim(k, vma('anonymous'), 'early')
  memoryFailureQueue(k, PFN, MF_ACTION_REQUIRED, 0)
  memoryFailureQueue(k, PFN + 1n, MF_ACTION_REQUIRED, 0)

  runSynchronousWork(k, ctx)
  t.strictSame(told(signals), [
    ['BUS_MCEERR_AO', VIRTUAL, 'handler'],
    ['BUS_MCEERR_AO', VIRTUAL + 0x1000n, 'lost']
  ])

  returnToUser(k, ctx.tid)
  memoryFailureQueue(k, PFN + 2n, 0, 0)
  runMemoryFailureWork(k, 0, KWORKER)
  t.strictSame(
    told(signals).at(-1),
    ['BUS_MCEERR_AO', VIRTUAL + 0x2000n, 'handler'],
    'after its return the next one comes'
  )
})

void t.test('a forced signal that meets a blocked, pending one is dropped, and the process dies of that', async (t) => {
  const { k, signals } = machine()
  victim(k, vma('anonymous'))
  blockSigbus(k, 119, 119, true)
  sendSignal(k, 119, 119, { signo: 7, code: 5, address: 1n }, { forced: false, origin: 'a' })

  sendSignal(k, 119, 119, { signo: 7, code: 4, address: 2n }, { forced: true, origin: 'b' })

  t.strictSame(told(signals), [
    ['BUS_MCEERR_AO', 1n, 'pending'],
    ['BUS_MCEERR_AR', 2n, 'lost'],
    ['BUS_MCEERR_AO', 1n, 'killed']
  ])
})
