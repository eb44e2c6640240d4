import t from 'tap'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { MADV_HWPOISON, MADV_SOFT_OFFLINE, madviseInjectError } from '../../../shared/linux/mm/madvise-hwpoison.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { runningProcess } from '../../../shared/linux/kernel/task.ts'
import { fileAccess, kernelAccessForUser, userAccess } from '../../../shared/linux/arm64/user-access.ts'
import { inShort, machine, PAGE, PFN, PHYSICAL, victim, VIRTUAL, vma } from '../mm/mm-machine.ts'

void t.test('an access of a user to a poisoned page is BUS_MCEERR_AR at the exact address, forced', async (t) => {
  for (const kind of ['load', 'store', 'fetch'] as const) {
    const { k, signals } = machine()
    const task = victim(k, vma('anonymous'))
    memoryFailure(k, PFN + 1n, 0, KWORKER)

    const result = userAccess(k, task, { virtual: VIRTUAL + 0x1018n, kind })

    const info = { signo: 7, code: 4, address: VIRTUAL + 0x1018n, addressLsb: 12 }
    t.strictSame(result, { outcome: 'fault', info, effect: 'handler' })
    t.match(signals, [{ origin: 'do_page_fault', forced: true }])
  }
})

void t.test('lsb is the size of the page: 14 on 16 KiB, 16 on 64 KiB, that of a huge page on hugetlb', async (t) => {
  const lsb = (pageSize: number, backing: 'anonymous' | 'hugetlb-64k' | 'hugetlb-32m' | 'hugetlb-1g') => {
    const { k } = machine({ options: { pageSize }, memory: [{ start: 0n, end: 1n << 40n }] })
    const at = 1n << 30n
    const task = victim(k, vma(backing, { virtual: at, physical: at, length: 1n << 30n }))
    memoryFailure(k, at / BigInt(pageSize), 0, KWORKER)
    const result = userAccess(k, task, { virtual: at + 8n, kind: 'load' })
    return result.outcome === 'fault' ? result.info.addressLsb : undefined
  }

  t.strictSame(
    [
      lsb(4096, 'anonymous'),
      lsb(16384, 'anonymous'),
      lsb(65536, 'anonymous'),
      lsb(4096, 'hugetlb-64k'),
      lsb(4096, 'hugetlb-32m'),
      lsb(4096, 'hugetlb-1g')
    ],
    [12, 14, 16, 16, 25, 30]
  )
})

void t.test('a tagged address is reported without its tag', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('anonymous'))
  memoryFailure(k, PFN, 0, KWORKER)

  const result = userAccess(k, task, { virtual: VIRTUAL | (0xabn << 56n), kind: 'load' })

  t.match(result, { info: { address: VIRTUAL } })
})

void t.test('an address that nothing maps is SIGSEGV and ends the process', async (t) => {
  const { k } = machine()
  const task = victim(k, vma('anonymous'))

  const result = userAccess(k, task, { virtual: 0x10n, kind: 'load' })

  t.match(result, { info: { signo: 11, code: 1, address: 0x10n }, effect: 'killed' })
  t.equal(runningProcess(k, 119), undefined)
})

void t.test('A24: write(2) from a poisoned page is -EFAULT and no signal', async (t) => {
  const { k, signals } = machine()
  const task = victim(k, vma('anonymous'))
  memoryFailure(k, PFN, 0, KWORKER)

  t.strictSame(kernelAccessForUser(k, task, { virtual: VIRTUAL, kind: 'load' }), { outcome: 'fault', errno: 14 })
  t.match(kernelAccessForUser(k, task, { virtual: VIRTUAL + PAGE, kind: 'load' }), { physical: PHYSICAL + PAGE })

  t.strictSame(signals, [])
})

void t.test('read() and write() of a poisoned tmpfs page are -EIO, of its neighbours not', async (t) => {
  const { k } = machine()
  victim(k, vma('shmem'))
  memoryFailure(k, PFN, 0, KWORKER)

  t.strictSame([fileAccess(k, 119, VIRTUAL), fileAccess(k, 119, VIRTUAL + PAGE)], [-5, 0])
})

void t.test('A25: a clean file page that is hit is read again into another frame, for all who map it', async (t) => {
  const { k, signals, lines } = machine()
  const task = victim(k, vma('file', { dirty: false }), 'early')
  const other = victim(k, vma('file', { dirty: false }), 'early', { pid: 300 })

  memoryFailure(k, PFN, 0, KWORKER)

  const access = { virtual: VIRTUAL, kind: 'load' } as const
  t.strictSame(userAccess(k, task, access), { outcome: 'ok', physical: 0x7fff_f000n })
  t.strictSame(userAccess(k, other, access), { outcome: 'ok', physical: 0x7fff_f000n })
  t.strictSame(signals, [])
  t.equal(lines()[0], 'Memory failure: 0x4a200: corrupted page was clean: dropped without side effects')
})

void t.test(
  'MADV_HWPOISON says nothing to its caller on 6.1 and AR on 6.12, AO to an early-kill caller of 6.1',
  async (t) => {
    const run = (version: '6.1' | '6.12', policy: 'default' | 'early') => {
      const m = machine({ version })
      const task = victim(m.k, vma('anonymous'), policy)
      const ret = madviseInjectError(m.k, task, MADV_HWPOISON, VIRTUAL + PAGE, PAGE)
      return { ret, sent: m.signals.map(inShort), line: m.lines()[0] }
    }

    const address = VIRTUAL + PAGE
    const signal = (code: number) => ({ tid: 119, signo: 7, code, address, addressLsb: 12 })
    t.strictSame(run('6.1', 'default').sent, [])
    t.strictSame(run('6.1', 'early').sent, [{ ...signal(5), forced: false, effect: 'handler' }])
    t.strictSame(run('6.12', 'early').sent, [{ ...signal(4), forced: true, effect: 'handler' }])
    t.equal(run('6.12', 'default').ret, 0)
    t.equal(
      run('6.1', 'default').line,
      `Injecting memory failure for pfn 0x4a201 at process virtual address 0x${address.toString(16)}`
    )
  }
)

void t.test("madvise refuses what is not the caller's, not aligned, not allowed or already poisoned", async (t) => {
  const { k } = machine()
  const task = victim(k, vma('anonymous'))
  const call = (virtual: bigint, cap = true) => madviseInjectError(k, task, MADV_HWPOISON, virtual, PAGE, cap)

  t.strictSame(
    [call(VIRTUAL), call(VIRTUAL), call(VIRTUAL + 1n), call(0x1000n), call(VIRTUAL, false)],
    [0, -14, -22, -14, -1]
  )
})

void t.test('MADV_SOFT_OFFLINE moves the page and says so', async (t) => {
  const { k, lines } = machine()
  const task = victim(k, vma('anonymous'))

  t.equal(madviseInjectError(k, task, MADV_SOFT_OFFLINE, VIRTUAL, PAGE), 0)

  t.match(lines()[0], /^Soft offlining pfn 0x4a200 at process virtual address 0x/)
  t.match(userAccess(k, task, { virtual: VIRTUAL, kind: 'load' }), { physical: 0x7fff_f000n })
})
