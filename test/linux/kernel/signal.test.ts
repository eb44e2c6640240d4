import t from 'tap'
import { BUS_MCEERR_AO, BUS_MCEERR_AR, SIGBUS, SIGKILL } from '../../../shared/formats/siginfo.ts'
import type { Siginfo, Thread } from '../../../shared/linux/kernel/state.ts'
import { blockSigbus, sendSignal } from '../../../shared/linux/kernel/signal.ts'
import { createThread, fork, runningProcess, threadOf, updateThread } from '../../../shared/linux/kernel/task.ts'
import { prctlMceKill, PR_MCE_KILL, PR_MCE_KILL_GET } from '../../../shared/linux/kernel/prctl-mce-kill.ts'
import { inShort, machine, victim, vma } from '../mm/mm-machine.ts'

const AO: Siginfo = { signo: SIGBUS, code: BUS_MCEERR_AO, address: 0x1000n, addressLsb: 12 }
const AR: Siginfo = { signo: SIGBUS, code: BUS_MCEERR_AR, address: 0x2018n, addressLsb: 12 }

/** Every disposition, and what a signal that is not forced and one that is do with it. */
const DISPOSITIONS: readonly [Thread['sigbus'], string, string][] = [
  [{ action: 'handler', blocked: false }, 'handler', 'handler'],
  [{ action: 'handler', blocked: true }, 'pending', 'killed'],
  [{ action: 'ignore', blocked: false }, 'ignored', 'killed'],
  [{ action: 'ignore', blocked: true }, 'pending', 'killed'],
  [{ action: 'default', blocked: false }, 'killed', 'killed'],
  [{ action: 'default', blocked: true }, 'pending', 'killed']
]

for (const [sigbus, plain, forced] of DISPOSITIONS) {
  const what = `${sigbus.blocked ? 'a blocked' : 'an open'} SIGBUS with action ${sigbus.action}`
  for (const [force, expected] of [
    [false, plain],
    [true, forced]
  ] as const) {
    void t.test(`${what} that is ${force ? '' : 'not '}forced: ${expected}`, async (t) => {
      const { k, signals } = machine()
      victim(k, vma('anonymous'))
      updateThread(k, 119, 119, { sigbus })

      const effect = sendSignal(k, 119, 119, AO, { forced: force, origin: 'test' })

      t.equal(effect, expected)
      t.strictSame(signals, [{ pid: 119, tid: 119, info: AO, forced: force, effect: expected, origin: 'test' }])
      t.equal(runningProcess(k, 119) === undefined, expected === 'killed')
    })
  }
}

void t.test('only one SIGBUS is pending: a second one is lost with its siginfo', async (t) => {
  const { k, signals } = machine()
  victim(k, vma('anonymous'))
  blockSigbus(k, 119, 119, true)

  sendSignal(k, 119, 119, AO, { forced: false, origin: 'a' })
  const second = sendSignal(k, 119, 119, AR, { forced: false, origin: 'b' })
  blockSigbus(k, 119, 119, false)

  t.equal(second, 'lost')
  t.strictSame(
    signals.map(({ info, effect }) => [info.code, effect]),
    [
      [BUS_MCEERR_AO, 'pending'],
      [BUS_MCEERR_AR, 'lost'],
      [BUS_MCEERR_AO, 'handler']
    ]
  )
  t.equal(k.processes.get(119)?.threads[0]?.pending, undefined)
})

void t.test('A29: SIGBUS blocked and BUS_MCEERR_AR forced: the process is killed by signal 7', async (t) => {
  const { k } = machine()
  victim(k, vma('anonymous'))
  blockSigbus(k, 119, 119, true)

  sendSignal(k, 119, 119, AR, { forced: true, origin: 'do_page_fault' })

  t.match(k.processes.get(119), { state: 'dead', exitSignal: SIGBUS })
})

void t.test('SIGKILL ends the process and nothing reaches it afterwards', async (t) => {
  const { k, signals } = machine()
  victim(k, vma('anonymous'))

  sendSignal(k, 119, 119, { signo: SIGKILL, code: 0 }, { forced: true, origin: 'memory_failure' })
  const after = sendSignal(k, 119, 119, AO, { forced: false, origin: 'late' })

  t.match(k.processes.get(119), { state: 'dead', exitSignal: SIGKILL })
  t.equal(after, 'lost')
  t.strictSame(signals.map(inShort).length, 1)
})

void t.test('PR_MCE_KILL is a policy of one thread; threads and children made afterwards have it too', async (t) => {
  const { k } = machine()
  victim(k, vma('anonymous'))
  createThread(k, 119, 120)

  t.equal(prctlMceKill(k, 119, 119, PR_MCE_KILL, [1, 1, 0, 0]), 0)
  createThread(k, 119, 121)
  fork(k, 119, 200)

  const policy = (pid: number, tid: number) => prctlMceKill(k, pid, tid, PR_MCE_KILL_GET)
  t.strictSame([policy(119, 119), policy(119, 120), policy(119, 121), policy(200, 200)], [1, 2, 1, 1])
})

void t.test('PR_MCE_KILL refuses what it does not know and CLEAR goes back to the default', async (t) => {
  const { k } = machine()
  const { pid = 0 } = victim(k, vma('anonymous'), 'late')
  const call = (args: readonly [number, number, number, number]) => prctlMceKill(k, pid, pid, PR_MCE_KILL, args)

  t.equal(prctlMceKill(k, pid, pid, PR_MCE_KILL_GET), 0, 'late is 0')
  for (const args of [
    [1, 3, 0, 0],
    [2, 0, 0, 0],
    [0, 1, 0, 0],
    [1, 1, 1, 0]
  ] as const)
    t.equal(call(args), -22)
  t.equal(call([0, 0, 0, 0]), 0)
  t.equal(threadOf(k.processes.get(pid) ?? (t.fail() as never), pid)?.mceKill, 'default')
})
