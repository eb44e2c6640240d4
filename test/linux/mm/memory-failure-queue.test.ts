import t from 'tap'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { MF_ACTION_REQUIRED, MF_SOFT_OFFLINE } from '../../../shared/linux/mm/memory-failure-flags.ts'
import {
  memoryFailureQueue,
  runMemoryFailureWork,
  runSynchronousWork
} from '../../../shared/linux/mm/memory-failure-queue.ts'
import { createThread } from '../../../shared/linux/kernel/task.ts'
import { machine, PAGE, PFN, PHYSICAL, victim, VIRTUAL, vma } from './mm-machine.ts'

void t.test('A23: the 17th frame queued on a CPU before its worker runs is dropped with a line', async (t) => {
  const { k, lines } = machine()

  const queued = Array.from({ length: 17 }, (_, i) => memoryFailureQueue(k, PFN + BigInt(i), 0, 1))
  const other = memoryFailureQueue(k, PFN + 16n, 0, 0)
  runMemoryFailureWork(k, 1, KWORKER)

  t.strictSame([queued.indexOf(false), other], [16, true])
  t.equal(lines()[0], 'Memory failure: buffer overflow when queuing memory failure at 0x4a210')
  t.strictSame([k.hwpoison.size, k.memoryFailureQueue[0]?.length], [16, 1])
})

void t.test('the worker takes frames in order and tells soft offline from failure', async (t) => {
  const { k, traces } = machine()
  victim(k, vma('anonymous'))

  memoryFailureQueue(k, PFN + 1n, 0, 0)
  memoryFailureQueue(k, PFN + 2n, MF_SOFT_OFFLINE, 0)
  runMemoryFailureWork(k, 0, KWORKER)

  t.strictSame(traces(), ['memory_failure_event: pfn 0x4a201: recovery action for dirty LRU page: Recovered'])
  t.equal(k.hardwareCorruptedPages, 2)
})

/** Who is signalled by memory_failure() for a record that `consumer` ran into. */
const RACES = [
  ['6.1', 'kworker', 'default', []],
  ['6.1', 'kworker', 'early', [[119, 5]]],
  ['6.1', 'task', 'default', [[120, 4]]],
  ['6.1', 'task', 'early', [[120, 4]]],
  ['6.12', 'kworker', 'early', [[119, 5]]],
  ['7.3', 'kworker', 'default', [[120, 4]]],
  ['7.3', 'kworker', 'early', [[120, 4]]]
] as const

for (const [version, syncWinner, policy, expected] of RACES) {
  const told = expected.length === 0 ? 'nobody' : expected.map(([tid, code]) => `${tid} with code ${code}`).join()
  void t.test(`A5: ${version}, ${syncWinner} first, main thread ${policy}: ${told} is signalled`, async (t) => {
    const { k, signals, traces } = machine({ version, options: { syncWinner } })
    const main = victim(k, vma('anonymous'), policy)
    createThread(k, 119, 120)
    const consumer = { ...main, tid: 120, cpu: 1 }

    memoryFailureQueue(k, PFN, MF_ACTION_REQUIRED, 1)
    runSynchronousWork(k, consumer)

    t.strictSame(
      signals.map(({ tid, info }) => [tid, info.code]),
      expected
    )
    t.equal(
      signals.every(({ info }) => info.address === VIRTUAL),
      true
    )
    t.equal(traces().length, 1)
  })
}

void t.test('7.3 kills the consumer of a page it cannot deal with, 6.1 does not', async (t) => {
  const run = (version: '6.1' | '7.3') => {
    const frames = [{ start: PHYSICAL, end: PHYSICAL + PAGE, kind: 'slab' as const }]
    const m = machine({ version, frames, options: { syncWinner: 'task' } })
    const task = victim(m.k, [])
    memoryFailureQueue(m.k, PFN, MF_ACTION_REQUIRED, 0)
    runSynchronousWork(m.k, task)
    return m
  }

  const old = run('6.1')
  const recent = run('7.3')

  t.strictSame(old.signals, [])
  t.match(recent.signals, [{ tid: 119, info: { signo: 7, code: 128 }, forced: true, effect: 'handler' }])
  t.equal(recent.lines().at(-1), '0x4a200: Sending SIGBUS to victim:119 due to hardware memory corruption')
})
