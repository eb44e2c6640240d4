import t from 'tap'
import type { FrameKind, Vma } from '../../../shared/linux/kernel/state.ts'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { MF_ACTION_REQUIRED } from '../../../shared/linux/mm/memory-failure-flags.ts'
import { VERSIONS, type Series, type Version } from '../../../shared/linux/profile.ts'
import { userAccess } from '../../../shared/linux/arm64/user-access.ts'
import { inShort, machine, PFN, PHYSICAL, victim, VIRTUAL, vma } from './mm-machine.ts'

/** When the processes hear of it: by memory_failure() itself, and at the next access. */
interface Row {
  readonly page: string
  readonly vma: Vma
  readonly versions?: readonly Version[]
  readonly outcome: string
  /** Code of the signal of memory_failure(): async late-kill, async early-kill, sync in the consumer's context. */
  readonly signals: readonly [late: number | undefined, early: number | undefined, sync: number | undefined]
  readonly accessAfter: 'AR' | 'works'
  readonly lsb?: number
}

const AO = 5
const AR = 4
const NOBODY = [undefined, undefined, undefined] as const
const NEW = ['6.12', '7.3'] as const

/** Row by row, for pages that a process maps. */
const ROWS: readonly Row[] = [
  {
    page: 'anonymous, dirty',
    vma: vma('anonymous'),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'anonymous, mlocked',
    vma: vma('anonymous', { mlocked: true }),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'anonymous, clean PTE',
    vma: vma('anonymous', { dirty: false }),
    outcome: 'clean LRU page: Recovered',
    signals: NOBODY,
    accessAfter: 'AR'
  },
  {
    page: 'anonymous with extra references',
    vma: vma('anonymous', { pinned: true }),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'THP subpage',
    vma: vma('thp'),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'shmem, mapped',
    vma: vma('shmem'),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'shmem, never written',
    vma: vma('shmem', { dirty: false }),
    outcome: 'clean LRU page: Recovered',
    signals: NOBODY,
    accessAfter: 'AR'
  },
  {
    page: 'file page dirty',
    vma: vma('file'),
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'file page clean (A25)',
    vma: vma('file', { dirty: false }),
    outcome: 'clean LRU page: Recovered',
    signals: NOBODY,
    accessAfter: 'works'
  },
  {
    page: 'dirty file page with extra references',
    vma: vma('file', { pinned: true }),
    outcome: 'dirty LRU page: Failed',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'clean file page with extra references',
    vma: vma('file', { dirty: false, pinned: true }),
    outcome: 'clean LRU page: Failed',
    signals: NOBODY,
    accessAfter: 'works'
  },
  {
    page: 'swap cache, dirty',
    vma: vma('swap-cache'),
    outcome: 'dirty swapcache page: Delayed',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'swap cache, dirty, extra references',
    vma: vma('swap-cache', { pinned: true }),
    outcome: 'dirty swapcache page: Failed',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'swap cache, clean',
    vma: vma('swap-cache', { dirty: false }),
    outcome: 'clean swapcache page: Recovered',
    signals: NOBODY,
    accessAfter: 'works'
  },
  {
    page: 'KSM (A26)',
    vma: vma('ksm'),
    versions: ['6.1'],
    outcome: 'unmapping failed page: Ignored',
    signals: NOBODY,
    accessAfter: 'works'
  },
  {
    page: 'KSM',
    vma: vma('ksm', { dirty: false }),
    versions: NEW,
    outcome: 'dirty LRU page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR'
  },
  {
    page: 'THP that does not split',
    vma: vma('thp', { pinned: true }),
    versions: ['6.1'],
    outcome: 'unsplit thp: Ignored',
    signals: NOBODY,
    accessAfter: 'works'
  },
  {
    page: 'THP that does not split',
    vma: vma('thp', { pinned: true }),
    versions: NEW,
    outcome: 'unsplit thp: Failed',
    signals: [undefined, AO, AR],
    accessAfter: 'works',
    lsb: 21
  },
  {
    page: 'hugetlb, private',
    vma: vma('hugetlb-2m'),
    outcome: 'huge page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR',
    lsb: 21
  },
  {
    page: 'hugetlb, shared',
    vma: vma('hugetlb-shared-2m'),
    outcome: 'huge page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'AR',
    lsb: 21
  },
  {
    page: 'hugetlb that does not dissolve',
    vma: vma('hugetlb-2m', { pinned: true }),
    outcome: 'huge page: Failed',
    signals: [undefined, AO, AR],
    accessAfter: 'AR',
    lsb: 21
  },
  {
    page: 'DAX',
    vma: vma('dax', { dirty: false }),
    outcome: 'dax page: Recovered',
    signals: [undefined, AO, AR],
    accessAfter: 'works'
  }
]

const DAX_FRAMES = { frames: [{ start: PHYSICAL, end: PHYSICAL + 0x40_0000n, kind: 'dax' as const }] }
const CASES = [
  ['an asynchronous report of a late-kill process', 'default', 0, 0],
  ['an asynchronous report of an early-kill process', 'early', 0, 1],
  ['a synchronous report in the consumer', 'default', MF_ACTION_REQUIRED, 2]
] as const

for (const row of ROWS) {
  for (const version of row.versions ?? VERSIONS) {
    for (const [what, policy, flags, column] of CASES) {
      void t.test(`${version}: ${row.page}: ${what} ends in "${row.outcome}"`, async (t) => {
        const { k, signals, lines, traces } = machine({ version, ...(row.vma.backing === 'dax' ? DAX_FRAMES : {}) })
        const task = victim(k, row.vma, policy)

        const { ret } = memoryFailure(k, PFN + 5n, flags, flags === 0 ? KWORKER : task)
        const sent = signals.map(inShort)
        const after = userAccess(k, task, { virtual: VIRTUAL + 0x5018n, kind: 'load' })

        const unsplitKill = row.outcome === 'unsplit thp: Failed'
        t.equal(ret, unsplitKill ? -133 : /Recovered|Delayed/.test(row.outcome) ? 0 : -16)
        t.strictSame(traces(), [`memory_failure_event: pfn 0x4a205: recovery action for ${row.outcome}`])
        t.equal(lines().at(-1), `Memory failure: 0x4a205: recovery action for ${row.outcome}`)
        t.equal(k.hardwareCorruptedPages, 1, 'whatever the result')
        const code = row.signals[column]
        const startOfHuge = version === '6.1' && row.vma.backing.startsWith('hugetlb')
        const address = startOfHuge ? VIRTUAL : VIRTUAL + 0x5000n
        const expected = { tid: 119, signo: 7, code, address, addressLsb: row.lsb ?? 12, forced: code === AR }
        t.strictSame(sent, code === undefined ? [] : [{ ...expected, effect: 'handler' }])
        if (row.accessAfter === 'works') t.equal(after.outcome, 'ok')
        else {
          const exact = { signo: 7, code: AR, address: VIRTUAL + 0x5018n, addressLsb: row.lsb ?? 12 }
          t.match(after, { outcome: 'fault', info: exact })
        }
      })
    }
  }
}

/** Frames that no process maps, by kind and version. */
const FRAMES: readonly [FrameKind, Readonly<Record<Series, string>>, number][] = [
  ['free', same('free buddy page: Recovered'), 0],
  ['free-hugetlb', same('free huge page: Recovered'), 0],
  ['high-order-kernel', same('high-order kernel page: Ignored'), -16],
  ['slab', kernelUser(), -16],
  ['reserved', kernelUser(), -16],
  ['page-table', kernelUser(), -16],
  ['kernel-text', kernelUser(), -16],
  ['kernel-data', kernelUser(), -16],
  ['zero-page', kernelUser(), -16],
  ['kernel-page', { ...kernelUser(), '7.3': 'get hwpoison page: Ignored' }, -16],
  ['file-clean', same('clean LRU page: Recovered'), 0],
  ['file-dirty', same('dirty LRU page: Recovered'), 0],
  ['dax', same('dax page: Recovered'), 0]
]

function same(outcome: string) {
  return { '6.1': outcome, '6.12': outcome, '7.3': outcome }
}
function kernelUser() {
  return {
    '6.1': 'unknown page: Ignored',
    '6.12': 'get hwpoison page: Ignored',
    '7.3': 'reserved kernel page: Ignored'
  }
}

for (const [kind, outcomes, ret] of FRAMES) {
  for (const version of VERSIONS) {
    void t.test(`${version}: a frame that is ${kind} and not mapped ends in "${outcomes[version]}"`, async (t) => {
      const { k, lines, traces } = machine({ version, frames: [{ start: PHYSICAL, end: PHYSICAL + 0x1000n, kind }] })

      const result = memoryFailure(k, PFN, 0, KWORKER)

      t.equal(result.ret, ret)
      t.strictSame(traces(), [`memory_failure_event: pfn 0x4a200: recovery action for ${outcomes[version]}`])
      const unhandlable = /unknown page|hwpoison page|reserved kernel/.test(outcomes[version])
      t.strictSame(lines(), [
        ...(unhandlable ? ['Memory failure: 0x4a200: unhandlable page.'] : []),
        `Memory failure: 0x4a200: recovery action for ${outcomes[version]}`
      ])
      t.equal(k.hardwareCorruptedPages, 1)
    })
  }
}

void t.test('A27: a slab page twice is "unknown page: Ignored", then "already hardware poisoned"', async (t) => {
  const { k, lines } = machine({ frames: [{ start: PHYSICAL, end: PHYSICAL + 0x1000n, kind: 'slab' }] })

  memoryFailure(k, PFN, 0, KWORKER)
  const again = memoryFailure(k, PFN, 0, KWORKER)

  t.equal(again.ret, -133)
  t.strictSame(lines(), [
    'Memory failure: 0x4a200: unhandlable page.',
    'Memory failure: 0x4a200: recovery action for unknown page: Ignored',
    'Memory failure: 0x4a200: already hardware poisoned'
  ])
})

void t.test('A28: HardwareCorrupted is 8 kB after one Ignored and one Recovered', async (t) => {
  const { k } = machine({ frames: [{ start: PHYSICAL, end: PHYSICAL + 0x1000n, kind: 'slab' }] })

  memoryFailure(k, PFN, 0, KWORKER)
  memoryFailure(k, PFN + 1n, 0, KWORKER)

  t.equal(k.hardwareCorruptedPages * 4, 8)
})
