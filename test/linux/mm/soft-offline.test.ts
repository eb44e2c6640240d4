import t from 'tap'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { anonHugeKb, pagemap } from '../../../shared/linux/mm/page-table.ts'
import { softOfflinePage } from '../../../shared/linux/mm/soft-offline.ts'
import { runningProcess } from '../../../shared/linux/kernel/task.ts'
import { machine, PAGE, PFN, PHYSICAL, victim, VIRTUAL, vma } from './mm-machine.ts'

void t.test('A7: a soft-offlined page moves to another frame: no signal, no event, the old frame counts', async (t) => {
  const { k, signals, traces, invalidated } = machine()
  victim(k, vma('anonymous'), 'early')

  const ret = softOfflinePage(k, PFN + 1n)

  const process = runningProcess(k, 119) ?? (t.fail() as never)
  t.equal(ret, 0)
  t.strictSame([signals, traces()], [[], []])
  t.equal(pagemap(k, process, VIRTUAL + PAGE), 0x7fff_f000n)
  t.equal(pagemap(k, process, VIRTUAL + 2n * PAGE), PHYSICAL + 2n * PAGE)
  t.strictSame(invalidated, [{ pid: 119, virtual: VIRTUAL + PAGE, length: PAGE }])
  t.equal(k.hardwareCorruptedPages, 1)
})

void t.test('a THP is split for it, a huge page moves as a whole', async (t) => {
  const thp = machine()
  const huge = machine()
  victim(thp.k, vma('thp'))
  victim(huge.k, vma('hugetlb-2m'))

  softOfflinePage(thp.k, PFN + 5n)
  softOfflinePage(huge.k, PFN + 5n)

  const process = (m: typeof thp) => runningProcess(m.k, 119) ?? (t.fail() as never)
  t.equal(anonHugeKb(thp.k, process(thp), VIRTUAL + 0x20_0000n), 2048)
  t.equal(anonHugeKb(thp.k, process(thp), VIRTUAL), 0)
  t.equal(pagemap(huge.k, process(huge), VIRTUAL + 0x6000n), 0x7fe0_6000n)
  t.equal(pagemap(huge.k, process(huge), VIRTUAL + 0x20_6000n), PHYSICAL + 0x20_6000n)
})

void t.test('a page that cannot move stays in use and is not marked', async (t) => {
  const { k, lines } = machine()
  victim(k, vma('anonymous', { pinned: true }))

  t.equal(softOfflinePage(k, PFN), -16)

  t.strictSame([k.hwpoison.size, k.hardwareCorruptedPages], [0, 0])
  t.match(lines(), [/^soft offline: 0x4a200: page migration failed/])
})

void t.test('what is poisoned already, outside of RAM, or disabled', async (t) => {
  const { k, lines } = machine()
  const off = machine({ version: '6.12', sysctl: { enable_soft_offline: 0 } })
  memoryFailure(k, PFN, 0, KWORKER)

  t.equal(softOfflinePage(k, PFN), 0)
  t.equal(softOfflinePage(k, 0xb000n), -6)
  t.equal(softOfflinePage(off.k, PFN), -95)

  t.match(lines().at(-1), /page already poisoned/)
  t.equal(k.hardwareCorruptedPages, 1)
  t.equal(off.k.hwpoison.size, 0)
})
