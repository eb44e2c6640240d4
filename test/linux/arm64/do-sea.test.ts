import t from 'tap'
import { doMemAbort, doSea } from '../../../shared/linux/arm64/do-sea.ts'
import { faultInfo } from '../../../shared/linux/arm64/fault-info.ts'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { createThread, runningProcess } from '../../../shared/linux/kernel/task.ts'
import { userAccess } from '../../../shared/linux/arm64/user-access.ts'
import {
  inShort,
  leaveRecord,
  machine,
  memoryRecord,
  PFN,
  PHYSICAL,
  SEA_SOURCE,
  seaState,
  victim,
  VIRTUAL,
  vma
} from '../mm/mm-machine.ts'

const DABT_USER = 0x92000000n
const DABT_KERNEL = 0x96000000n
const FNV = 0x400n
const FAR = VIRTUAL + 0x1018n

void t.test('A1: a user SEA with no record is SIGBUS BUS_OBJERR at FAR, forced; taint M', async (t) => {
  const { k, signals } = machine()
  const task = victim(k, vma('anonymous'))

  doSea(k, task, { esr: DABT_USER | 0x10n, far: FAR | (0x12n << 56n), userMode: true })

  t.strictSame(signals.map(inShort), [{ tid: 119, signo: 7, code: 3, address: FAR, forced: true, effect: 'handler' }])
  t.equal(k.taint, 'M')
})

void t.test('A2: with FnV set the address is 0', async (t) => {
  const { k, signals } = machine()
  const task = victim(k, vma('anonymous'))

  doSea(k, task, { esr: DABT_USER | FNV | 0x10n, far: FAR, userMode: true })

  t.match(signals, [{ info: { code: 3, address: 0n } }])
})

void t.test('A3: a user SEA on a table walk with no record is SIGKILL', async (t) => {
  const { k, signals } = machine()
  const task = victim(k, vma('anonymous'))

  doSea(k, task, { esr: DABT_USER | 0x15n, far: FAR, userMode: true })

  t.strictSame(signals.map(inShort), [{ tid: 119, signo: 9, code: 128, forced: true, effect: 'killed' }])
})

/** Both orders of the race: what the consumer hears before it runs its load again. */
const ORDERS = [
  ['6.1', 'kworker', []],
  ['6.1', 'task', [[4, VIRTUAL + 0x1000n]]],
  ['6.12', 'kworker', []],
  ['7.3', 'kworker', [[4, VIRTUAL + 0x1000n]]]
] as const

for (const [version, syncWinner, expected] of ORDERS) {
  const first = expected.length === 0 ? 'no signal' : 'AR for the page'
  void t.test(`A4: a user SEA with a record on ${version}, ${syncWinner} first: ${first}, then AR exact`, async (t) => {
    const { k, signals, firmware } = machine({ version, ghes: [SEA_SOURCE], options: { syncWinner } })
    k.ghes = version === '7.3' ? [{ ...SEA_SOURCE, mappedBlock: 0x2000n }] : k.ghes
    const task = victim(k, vma('anonymous'))
    leaveRecord(firmware, memoryRecord(PHYSICAL + 0x1040n))

    const result = doSea(k, task, { esr: DABT_USER | 0x10n, far: FAR, userMode: true })
    const heard = signals.map(({ info }) => [info.code, info.address])
    userAccess(k, task, { virtual: FAR, kind: 'load' })

    t.strictSame(result, { outcome: 'claimed' })
    t.strictSame(heard, expected)
    t.match(signals.at(-1), { info: { code: 4, address: FAR, addressLsb: 12 }, origin: 'do_page_fault' })
    t.strictSame([seaState(firmware), k.taint], [{ blockStatus: '0x0', readAck: '0x1' }, ''])
  })
}

void t.test('A13: a kernel SEA asks nobody: oops, the task is dead, the record stays unread', async (t) => {
  const { k, signals, lines, firmware } = machine({ ghes: [SEA_SOURCE] })
  const task = victim(k, vma('anonymous'))
  leaveRecord(firmware, memoryRecord(PHYSICAL))

  const result = doSea(k, task, { esr: DABT_KERNEL | 0x10n, far: FAR, userMode: false })

  t.strictSame(result, { outcome: 'oops' })
  t.equal(lines()[0], 'Internal error: synchronous external abort: 0000000096000010 [#1] SMP')
  t.strictSame([k.taint, k.oopses, k.panic, signals], ['MD', 1, undefined, []])
  t.match(k.processes.get(119), { state: 'dead', exitSignal: 11 })
  t.strictSame(seaState(firmware), { blockStatus: '0x1', readAck: '0x0' })
})

void t.test('only the thread that oopsed dies; the others go on', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('anonymous'))
  createThread(k, 119, 120)

  doSea(k, { ...task, tid: 120 }, { esr: DABT_KERNEL | 0x10n, far: FAR, userMode: false })

  t.match(runningProcess(k, 119)?.threads, [{ tid: 119 }])
})

/** When an oops is the end of the machine. */
const FATAL_OOPSES = [
  ['panic_on_oops', 119, 'victim', false, 1, 'synchronous external abort: Fatal exception'],
  ['an interrupt', 119, 'victim', true, 0, 'synchronous external abort: Fatal exception in interrupt'],
  ['the idle task', undefined, 'swapper/0', false, 0, 'Attempted to kill the idle task!'],
  ['init', 1, 'init', false, 0, 'Attempted to kill init! exitcode=0x0000000b']
] as const

for (const [what, pid, comm, inInterrupt, panic_on_oops, text] of FATAL_OOPSES) {
  void t.test(`a kernel SEA with ${what} panics`, async (t) => {
    const { k } = machine({ sysctl: { panic_on_oops } })
    victim(k, [], 'default', { pid: pid ?? 119 })

    const ctx = { pid, tid: pid, comm, cpu: 0 }
    const result = doSea(k, ctx, { esr: DABT_KERNEL | 0x10n, far: FAR, userMode: false, inInterrupt })

    t.strictSame([result.outcome, k.panic], ['panic', text])
  })
}

/** FSC, handler and what a user gets when nobody resolves it. */
const FAULTS: readonly [from: number, to: number, handler: string, signo: number, code: number][] = [
  [0x00, 0x03, 'bad', 9, 128],
  [0x04, 0x07, 'translation', 11, 1],
  [0x09, 0x0b, 'page', 11, 2],
  [0x0d, 0x0f, 'page', 11, 2],
  [0x10, 0x10, 'sea', 7, 3],
  [0x11, 0x11, 'tag', 11, 9],
  [0x13, 0x13, 'bad', 9, 128],
  [0x14, 0x17, 'sea', 9, 128],
  [0x18, 0x18, 'sea', 7, 3],
  [0x1b, 0x1b, 'bad', 9, 128],
  [0x1c, 0x1f, 'sea', 9, 128],
  [0x21, 0x21, 'alignment', 7, 1],
  [0x30, 0x30, 'bad', 9, 128],
  [0x34, 0x34, 'bad', 9, 128],
  [0x35, 0x35, 'bad', 7, 3],
  [0x3f, 0x3f, 'bad', 9, 128]
]

void t.test('fault_info of 6.1 says who handles an abort and what a user gets for it', async (t) => {
  for (const [from, to, handler, signo, code] of FAULTS) {
    for (let fsc = from; fsc <= to; fsc++) t.match(faultInfo('6.1', fsc), { handler, signo, code }, `FSC ${fsc}`)
  }
})

void t.test('level -1 of a table walk is an external abort from 6.12 on', async (t) => {
  for (const fsc of [0x13, 0x1b]) t.match(faultInfo('6.12', fsc), { handler: 'sea', signo: 9 })
})

void t.test(
  'a translation fault on a poisoned page is AR; on a present page nothing; in the kernel a fixup',
  async (t) => {
    const { k } = machine()
    const task = victim(k, vma('anonymous'))
    memoryFailure(k, PFN + 1n, 0, KWORKER)
    const fault = (far: bigint, userMode = true) => doMemAbort(k, task, { esr: DABT_USER | 0x07n, far, userMode })

    t.match(fault(FAR), { outcome: 'signal', info: { code: 4, address: FAR } })
    t.match(fault(VIRTUAL), { outcome: 'resumed' })
    t.match(fault(FAR, false), { outcome: 'fixup' })
  }
)

void t.test('an abort nobody handles is its signal to a user and an oops to the kernel', async (t) => {
  const { k, signals, lines } = machine()
  const task = victim(k, vma('anonymous'))

  doMemAbort(k, task, { esr: DABT_USER | 0x21n, far: FAR, userMode: true })
  doMemAbort(k, task, { esr: DABT_KERNEL | 0x30n, far: 0xffff_0000_0000_1000n, userMode: false })

  t.match(signals, [{ info: { signo: 7, code: 1, address: FAR } }])
  t.strictSame(lines().slice(0, 2), [
    'Unable to handle kernel TLB conflict abort at virtual address ffff000000001000',
    'Internal error: Oops: 0000000096000030 [#1] SMP'
  ])
})
