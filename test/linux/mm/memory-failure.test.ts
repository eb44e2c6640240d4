import * as fc from 'fast-check'
import t from 'tap'
import { KWORKER, type Thread } from '../../../shared/linux/kernel/state.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { MF_ACTION_REQUIRED } from '../../../shared/linux/mm/memory-failure-flags.ts'
import { anonHugeKb, pagemap } from '../../../shared/linux/mm/page-table.ts'
import { createProcess, createThread, fork, runningProcess, updateThread } from '../../../shared/linux/kernel/task.ts'
import { userAccess } from '../../../shared/linux/arm64/user-access.ts'
import { madviseDontneed, mmapFixed } from '../../../shared/linux/mm/vma.ts'
import { HANDLER, inShort, machine, PAGE, PFN, PHYSICAL, victim, VIRTUAL, vma } from './mm-machine.ts'

const AO = 5
const AR = 4

void t.test('A39: vm.memory_failure_recovery=0 panics on any report', async (t) => {
  const { k, lines } = machine({ sysctl: { memory_failure_recovery: 0 } })

  memoryFailure(k, 0x40a0en, 0, KWORKER)

  t.equal(k.panic, 'Memory failure on page 40a0e')
  t.equal(lines()[0], 'Kernel panic - not syncing: Memory failure on page 40a0e')
  t.equal(k.hwpoison.size, 0)
})

void t.test('a frame outside of RAM is not the business of 6.1 and a "non struct page pfn" on 7.3', async (t) => {
  const old = machine()
  const recent = machine({ version: '7.3' })

  t.equal(memoryFailure(old.k, 0xb000n, 0, KWORKER).ret, -6)
  memoryFailure(recent.k, 0xb000n, 0, KWORKER)

  t.strictSame(old.lines(), ['Memory failure: 0xb000: memory outside kernel control'])
  t.strictSame(old.traces(), [])
  t.strictSame(recent.traces(), ['memory_failure_event: pfn 0xb000: recovery action for non struct page pfn: Ignored'])
  t.equal(recent.k.hardwareCorruptedPages, 0)
})

void t.test('7.3 panics on a kernel page when it is told to, and on nothing else', async (t) => {
  const frames = [{ start: PHYSICAL, end: PHYSICAL + PAGE, kind: 'page-table' as const }]
  const { k } = machine({ version: '7.3', frames, sysctl: { panic_on_unrecoverable_memory_failure: 1 } })

  memoryFailure(k, PFN + 1n, 0, KWORKER)
  t.equal(k.panic, undefined)
  memoryFailure(k, PFN, 0, KWORKER)

  t.equal(k.panic, 'Memory failure: 0x4a200: unrecoverable page')
})

void t.test('the MMU notifier hears of the page, the whole THP that splits, or the whole huge page', async (t) => {
  const ranges = (backing: 'anonymous' | 'thp' | 'hugetlb-2m' | 'hugetlb-1g') => {
    const m = machine({ memory: [{ start: 0n, end: 1n << 40n }] })
    const size = backing === 'hugetlb-1g' ? 1n << 30n : 0x40_0000n
    const at = backing === 'hugetlb-1g' ? 1n << 30n : PHYSICAL
    victim(m.k, vma(backing, { virtual: at, physical: at, length: size }))
    memoryFailure(m.k, (at >> 12n) + 5n, 0, KWORKER)
    return m.invalidated.map(({ virtual, length }) => [virtual - at, length])
  }

  t.strictSame(ranges('anonymous'), [[0x5000n, 0x1000n]])
  t.strictSame(ranges('thp'), [
    [0n, 0x20_0000n],
    [0x5000n, 0x1000n]
  ])
  t.strictSame(ranges('hugetlb-2m'), [[0n, 0x20_0000n]])
  t.strictSame(ranges('hugetlb-1g'), [[0n, 1n << 30n]])
})

void t.test('a THP loses one page: its neighbours stay, the other huge page of the VMA stays huge', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('thp'))
  const process = () => runningProcess(k, 119) ?? (t.fail() as never)
  t.equal(anonHugeKb(k, process(), VIRTUAL), 4096)

  memoryFailure(k, PFN + 5n, 0, KWORKER)

  t.equal(anonHugeKb(k, process(), VIRTUAL), 2048)
  t.equal(pagemap(k, process(), VIRTUAL + 5n * PAGE), 0n)
  t.equal(pagemap(k, process(), VIRTUAL + 4n * PAGE), PHYSICAL + 4n * PAGE)
  t.match(userAccess(k, task, { virtual: VIRTUAL + 6n * PAGE, kind: 'store' }), { outcome: 'ok' })
})

void t.test('a huge page is lost as a whole, to each of its users', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('hugetlb-shared-2m'))
  const other = victim(k, vma('hugetlb-shared-2m', { virtual: 0x1000_0000n }), 'default', { pid: 300 })

  memoryFailure(k, PFN + 5n, 0, KWORKER)

  t.match(userAccess(k, task, { virtual: VIRTUAL + 0x18n, kind: 'load' }), {
    info: { code: AR, address: VIRTUAL + 0x18n, addressLsb: 21 }
  })
  t.match(userAccess(k, other, { virtual: 0x101f_fff8n, kind: 'load' }), { info: { addressLsb: 21 } })
  t.match(
    userAccess(k, task, { virtual: VIRTUAL + 0x20_0000n, kind: 'load' }),
    { outcome: 'ok' },
    'the next one is fine'
  )
})

void t.test('a private huge page is dissolved: its other frames are free', async (t) => {
  const { k, traces } = machine()
  victim(k, vma('hugetlb-2m'))

  memoryFailure(k, PFN + 5n, 0, KWORKER)
  memoryFailure(k, PFN + 6n, 0, KWORKER)

  t.match(traces()[1], /pfn 0x4a206: recovery action for free buddy page: Recovered/)
})

void t.test('a second frame of a shared huge page counts but has no outcome of its own on 6.1', async (t) => {
  const old = machine()
  const recent = machine({ version: '6.12' })
  for (const { k } of [old, recent]) {
    victim(k, vma('hugetlb-shared-2m'))
    for (const frame of [5n, 6n, 6n]) t.equal(memoryFailure(k, PFN + frame, 0, KWORKER).ret, frame === 5n ? 0 : -133)
  }

  t.equal(old.traces().length, 1)
  t.strictSame(old.lines().slice(1), [
    'Memory failure: 0x4a206: already hardware poisoned',
    'Memory failure: 0x4a206: already hardware poisoned'
  ])
  t.strictSame(recent.traces().slice(1), [
    'memory_failure_event: pfn 0x4a206: recovery action for huge page: Failed',
    'memory_failure_event: pfn 0x4a206: recovery action for already poisoned: Failed'
  ])
  t.strictSame([old.k.hardwareCorruptedPages, recent.k.hardwareCorruptedPages], [2, 2])
})

/** Policies of the threads in order, sysctl, and the thread that is told. */
const COLLECTED: readonly [readonly Thread['mceKill'][], 0 | 1, number | undefined][] = [
  [['default', 'default'], 0, undefined],
  [['default', 'default'], 1, 119],
  [['late', 'default'], 1, 120],
  [['late', 'late'], 1, undefined],
  [['default', 'early'], 0, 120],
  [['early', 'early'], 0, 119],
  [['late', 'early'], 0, 120]
]

for (const [policies, sysctl, told] of COLLECTED) {
  void t.test(`threads ${policies.join(', ')} with early_kill=${sysctl}: ${told ?? 'nobody'} is told`, async (t) => {
    const { k, signals } = machine({ sysctl: { memory_failure_early_kill: sysctl } })
    const threads = policies.map((mceKill, i) => ({ tid: 119 + i, mceKill, sigbus: HANDLER }))
    victim(k, vma('anonymous'), 'default', { threads })

    memoryFailure(k, PFN, 0, KWORKER)

    t.strictSame(
      signals.map(({ tid, info, forced }) => [tid, info.code, forced]),
      told === undefined ? [] : [[told, AO, false]]
    )
  })
}

void t.test('a synchronous report tells the consumer AR, forced, and other early-kill processes AO', async (t) => {
  const { k, signals, lines } = machine()
  const main = victim(k, vma('shmem'), 'early')
  createThread(k, 119, 120)
  victim(k, vma('shmem', { virtual: 0x7000_0000n }), 'early', { pid: 300, comm: 'other' })
  victim(k, vma('shmem', { virtual: 0x7000_0000n }), 'late', { pid: 400 })

  memoryFailure(k, PFN, MF_ACTION_REQUIRED, { ...main, tid: 120 })

  t.strictSame(
    signals.map(({ tid, info, forced }) => [tid, info.code, info.address, forced]),
    [
      [120, AR, VIRTUAL, true],
      [300, AO, 0x7000_0000n, false]
    ]
  )
  t.strictSame(lines().slice(0, 2), [
    'Memory failure: 0x4a200: Sending SIGBUS to victim:120 due to hardware memory corruption',
    'Memory failure: 0x4a200: Sending SIGBUS to other:300 due to hardware memory corruption'
  ])
})

void t.test('a process that maps the page twice is told once for each mapping', async (t) => {
  const { k, signals } = machine()
  victim(k, [vma('shmem'), vma('shmem', { virtual: 0x7000_0000n })], 'early')

  memoryFailure(k, PFN, 0, KWORKER)

  t.strictSame(
    signals.map(({ info }) => info.address),
    [VIRTUAL, 0x7000_0000n]
  )
})

void t.test('a page that does not unmap: SIGKILL and Ignored on 6.1, SIGBUS and Failed from 6.12 on', async (t) => {
  const run = (version: '6.1' | '6.12') => {
    const m = machine({ version })
    const task = victim(m.k, vma('anonymous', { unmapFails: true }), 'early')
    memoryFailure(m.k, PFN, 0, KWORKER)
    return { ...m, usable: userAccess(m.k, task, { virtual: VIRTUAL, kind: 'load' }).outcome }
  }

  const old = run('6.1')
  const recent = run('6.12')

  t.strictSame(old.signals.map(inShort), [{ tid: 119, signo: 9, code: 0, forced: true, effect: 'killed' }])
  t.match(old.lines(), [
    /failed to unmap page \(mapcount=1\)/,
    /forcibly killing victim:119 because of failure to unmap corrupted page/,
    /recovery action for unmapping failed page: Ignored/
  ])
  t.strictSame(
    recent.signals.map(({ info }) => [info.signo, info.code]),
    [[7, AO]]
  )
  t.match(recent.lines().at(-1), /unmapping failed page: Failed/)
  t.equal(recent.usable, 'ok')
})

void t.test(
  'a frame poisoned before: AR to a consumer that still knows it, nothing to one that does not',
  async (t) => {
    const { k, signals } = machine()
    const task = victim(k, vma('anonymous'))
    const stranger = victim(k, [], 'default', { pid: 300 })
    memoryFailure(k, PFN + 5n, 0, KWORKER)

    t.equal(memoryFailure(k, PFN + 5n, 0, KWORKER).ret, -133)
    t.equal(memoryFailure(k, PFN + 5n, MF_ACTION_REQUIRED, KWORKER).ret, -14)
    t.equal(memoryFailure(k, PFN + 5n, MF_ACTION_REQUIRED, stranger).ret, 0)
    t.strictSame(signals, [])
    t.equal(memoryFailure(k, PFN + 5n, MF_ACTION_REQUIRED, task).ret, -133)

    const address = VIRTUAL + 5n * PAGE
    const expected = { tid: 119, signo: 7, code: AR, address, addressLsb: 12, forced: true, effect: 'handler' }
    t.strictSame(signals.map(inShort), [expected])
    t.equal(k.hardwareCorruptedPages, 1)
  }
)

void t.test('6.12 reports a frame poisoned before as "already poisoned: Failed" and does not count it', async (t) => {
  const { k, traces, lines } = machine({ version: '6.12' })

  memoryFailure(k, PFN, 0, KWORKER)
  memoryFailure(k, PFN, 0, KWORKER)

  t.equal(traces()[1], 'memory_failure_event: pfn 0x4a200: recovery action for already poisoned: Failed')
  t.equal(lines()[1], 'Memory failure: 0x4a200: recovery action for already poisoned page: Failed')
  t.equal(k.hardwareCorruptedPages, 1)
})

void t.test('a child has the hwpoison entry of its parent', async (t) => {
  const { k } = machine()
  victim(k, vma('anonymous'))
  memoryFailure(k, PFN, 0, KWORKER)

  fork(k, 119, 200)

  const child = { pid: 200, tid: 200, comm: 'victim', cpu: 0 }
  t.match(userAccess(k, child, { virtual: VIRTUAL, kind: 'load' }), { info: { code: AR } })
})

void t.test('memory mapped anew over a poisoned page is fresh and usable; the frame never comes back', async (t) => {
  const { k, invalidated } = machine()
  const task = victim(k, vma('anonymous'))
  memoryFailure(k, PFN + 1n, 0, KWORKER)
  memoryFailure(k, PFN + 2n, 0, KWORKER)
  invalidated.length = 0

  t.equal(mmapFixed(k, 119, VIRTUAL + PAGE, PAGE), 0)
  t.equal(madviseDontneed(k, 119, VIRTUAL + 2n * PAGE, PAGE), 0)

  const at = (page: bigint) => userAccess(k, task, { virtual: VIRTUAL + page * PAGE, kind: 'load' })
  const physical = (page: bigint) => {
    const result = at(page)
    return result.outcome === 'ok' ? result.physical : undefined
  }
  t.strictSame([physical(0n), physical(3n)], [PHYSICAL, PHYSICAL + 3n * PAGE], 'neighbours stay where they were')
  t.strictSame([physical(1n), physical(2n)], [0x7fff_f000n, 0x7fff_e000n])
  t.strictSame(
    invalidated.map(({ virtual }) => virtual),
    [VIRTUAL + PAGE, VIRTUAL + 2n * PAGE]
  )
})

void t.test('a poisoned shmem page is still in the file after MADV_DONTNEED', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('shmem'))
  memoryFailure(k, PFN, 0, KWORKER)

  madviseDontneed(k, 119, VIRTUAL, PAGE)

  t.match(userAccess(k, task, { virtual: VIRTUAL, kind: 'load' }), { info: { code: AR } })
})

const report = fc.record({
  frame: fc.bigInt({ min: 0n, max: 1100n }),
  required: fc.boolean(),
  consumer: fc.constantFrom(undefined, 119, 300)
})
const backing = fc.constantFrom('anonymous', 'thp', 'shmem', 'hugetlb-2m', 'hugetlb-shared-2m', 'file', 'ksm')

void t.test('however reports arrive: a frame counts once, AR goes to the consumer alone, addresses hit', async (t) => {
  fc.assert(
    fc.property(
      backing,
      fc.array(report, { maxLength: 12 }),
      fc.constantFrom('6.1', '6.12', '7.3'),
      (b, reports, v) => {
        const { k, signals } = machine({ version: v })
        const own = vma(b)
        for (const pid of [119, 300]) victim(k, own, 'early', { pid })

        for (const { frame, required, consumer } of reports) {
          const ctx = consumer === undefined ? KWORKER : { pid: consumer, tid: consumer, comm: 'victim', cpu: 0 }
          const before = signals.length
          memoryFailure(k, PFN + frame, required ? MF_ACTION_REQUIRED : 0, ctx)
          for (const { tid, info, forced } of signals.slice(before)) {
            t.equal(forced, info.code === AR, 'AR is forced, AO is not')
            if (info.code === AR) t.ok(required && tid === consumer)
            const lsb = BigInt(info.addressLsb ?? 0)
            const lost = ((info.address ?? 0n) >> lsb) << lsb
            const bad = VIRTUAL + frame * PAGE
            t.ok(bad >= lost && bad < lost + (1n << lsb), 'the frame lies within what the signal says is lost')
          }
        }

        t.equal(k.hardwareCorruptedPages, new Set(reports.map(({ frame }) => frame)).size)
        t.equal(k.hwpoison.size, k.hardwareCorruptedPages)
      }
    ),
    { numRuns: 150 }
  )
})

void t.test('a dead process is nobody: its pages are free', async (t) => {
  const { k, traces, signals } = machine()
  createProcess(k, { pid: 5, comm: 'gone', vmas: [vma('anonymous')] })
  updateThread(k, 5, 5, { mceKill: 'early' })

  memoryFailure(k, PFN, 0, KWORKER)
  memoryFailure(k, PFN + 1n, 0, KWORKER)

  t.strictSame(
    signals.map(({ effect }) => effect),
    ['killed'],
    'SIGBUS has its default action'
  )
  t.match(traces()[1], /free buddy page: Recovered/)
})
