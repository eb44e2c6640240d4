import { join } from 'node:path'
import t from 'tap'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { pageChains, type PageChain } from '../../shared/story/page-chains.ts'

async function chainsOf(name: string): Promise<readonly PageChain[]> {
  const read = readScenarioFile(join(SHIPPED, name))
  if (read.errors !== undefined) throw new Error(`${name} has mistakes`)
  return pageChains((await runInProcess(read.scenario)).journal)
}

/** `space address length whose: how, how`, of parts of a place with the part. */
const lines = ({ places }: PageChain) =>
  places.map(({ space, address, length, whose, changes }) => {
    const says = changes.map(
      ({ how, isLost, part }) => `${how}${isLost ? '' : ' (usable)'}${part === undefined ? '' : ` at ${part.address}`}`
    )
    return `${space} ${address} ${length} ${whose}: ${says.join(', ')}`
  })

void t.test(
  'the page of the story is the same page in four address spaces, and each loses it by its own entry',
  async (t) => {
    const [chain, ...more] = await chainsOf('01-story.yaml')
    t.equal(more.length, 0)
    t.same(chain && lines(chain), [
      'guestVirtual 0xffff90000000 0x1000 redis: unmapped',
      'guestPhysical 0x40001000 0x1000 the guest: out of stage 2, PG_hwpoison',
      'hostVirtual 0xffff80001000 0x1000 the VMM: unmapped',
      'hostPhysical 0x7c001000 0x1000 the host: bad line, PG_hwpoison'
    ])
  }
)

void t.test('a huge page is lost as a whole by host and VMM, and page by page in the guest', async (t) => {
  const [chain, ...more] = await chainsOf('03-hugetlb-2m.yaml')
  t.equal(more.length, 0)
  t.same(chain && lines(chain), [
    'guestVirtual 0xffff90000000 0x1000 redis: unmapped',
    'guestVirtual 0xffff91000000 0x1000 nginx: unmapped',
    'guestPhysical 0x40000000 0x200000 the guest: out of stage 2, PG_hwpoison at 0x40001000, PG_hwpoison at 0x40000000, PG_hwpoison at 0x40005000',
    'hostVirtual 0xffff80000000 0x200000 the VMM: unmapped',
    'hostPhysical 0x7c000000 0x200000 the host: bad line at 0x7c001000, PG_hwpoison'
  ])
})

void t.test('a host of 64 KiB pages takes more from a guest of 4 KiB pages than that is told of', async (t) => {
  const [chain, ...more] = await chainsOf('05-host-64k-guest-4k.yaml')
  t.equal(more.length, 0)
  t.same(chain && lines(chain), [
    'guestVirtual 0xffff90000000 0x1000 first: ',
    'guestVirtual 0xffff91000000 0x1000 redis: ',
    'guestVirtual 0xffff92000000 0x7000 nginx: ',
    'guestPhysical 0x40000000 0x10000 the guest: out of stage 2, PG_hwpoison at 0x40000000',
    'hostVirtual 0xffff80000000 0x10000 the VMM: unmapped',
    'hostPhysical 0x7c000000 0x10000 the host: bad line at 0x7c005000, PG_hwpoison'
  ])
})

void t.test('what is replaced can be used again where it was mapped, and the frame stays bad', async (t) => {
  const [chain] = await chainsOf('17-reboot-after-poison.yaml')
  t.same(chain && lines(chain), [
    'guestVirtual 0xffff90000000 0x1000 redis: unmapped',
    'guestPhysical 0x40001000 0x1000 the guest: out of stage 2, PG_hwpoison, replaced (usable), in stage 2 (usable)',
    'hostVirtual 0xffff80001000 0x1000 the VMM: unmapped, mapped anew (usable)',
    'hostPhysical 0x7c001000 0x1000 the host: bad line, PG_hwpoison'
  ])
})

void t.test('the poisoned pages of every shipped scenario are in one chain each', async (t) => {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) return t.fail('the shipped scenarios have mistakes')
  for (const { file, scenario } of read.scenarios) {
    const { journal, outcome } = await runInProcess(scenario)
    const chains = pageChains(journal)
    const lost = new Set<number>()
    for (const { places } of chains) {
      for (const { changes } of places) {
        for (const { order, id, how } of changes) {
          t.equal(journal[order - 1]?.id, id, `${file}: entry ${order}`)
          if (how === 'PG_hwpoison' || how === 'soft offline') lost.add(order)
        }
      }
    }
    // A kernel that was started anew knows nothing of the pages before.
    const isSameKernel =
      outcome.panics.host + outcome.panics.guest === 0 && !journal.some(({ type }) => type === 'guest.reset')
    const poisoned = outcome.poisonedPages.host + outcome.poisonedPages.guest
    if (isSameKernel) t.equal(lost.size, poisoned, `${file}: ${poisoned} poisoned pages`)
  }
})
