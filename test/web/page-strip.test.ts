import t from 'tap'
import { pageChains } from '../../shared/story/page-chains.ts'
import { sizeText, stripAt, type StripGroup } from '../../web/model/page-strip.ts'
import { played } from './played.ts'

const drawn = (groups: readonly StripGroup[]): string =>
  groups
    .map(({ places, link }) => {
      const said = places.map(
        ({ whose, address, size, state, look }) => `${whose} ${address} ${size} ${state} [${look}]`
      )
      const way = link === undefined ? '' : link.cut === undefined ? ` - ${link.name} - ` : ` - ${link.name} cut - `
      return said.join(' and ') + way
    })
    .join('')

void t.test('a page is told in each address space, and who has lost it by each moment', async (t) => {
  const run = await played('01-story')
  const [chain] = pageChains(run.entries)
  if (chain === undefined) throw new Error('no page is lost')
  const at = (type: string, holds: (data: string) => boolean = () => true) =>
    run.rows.find(({ entry }) => entry.type === type && holds(JSON.stringify(entry.data)))?.place ?? 0
  const isPoison = (data: string) => data.includes('page.poison')

  t.equal(
    drawn(stripAt(chain, run.faultAt ?? 0)),
    'redis 0xffff90000000 4 KiB there [there] - stage 1 - guest 0x40001000 4 KiB there [there] - stage 2 - ' +
      'memory 0x7c001000 4 KiB there [there] - page table - VMM 0xffff80001000 4 KiB there [there]'
  )
  t.match(
    drawn(stripAt(chain, at('stage2.unmap'))),
    'guest 0x40001000 4 KiB guest unaware [unaware] - stage 2 cut - memory 0x7c001000 4 KiB PG_hwpoison [lost] - page table - '
  )
  t.match(drawn(stripAt(chain, at('guest.step', isPoison))), 'guest 0x40001000 4 KiB PG_hwpoison [lost]')
  t.equal(
    drawn(stripAt(chain, Infinity)),
    'redis 0xffff90000000 4 KiB unmapped [lost] - stage 1 cut - guest 0x40001000 4 KiB PG_hwpoison [lost] - stage 2 cut - ' +
      'memory 0x7c001000 4 KiB PG_hwpoison [lost] - page table cut - VMM 0xffff80001000 4 KiB unmapped [lost]'
  )
})

void t.test('of a huge page it is told which parts the guest gave up, and both tasks are there', async (t) => {
  const run = await played('03-hugetlb-2m')
  const [chain] = pageChains(run.entries)
  const said = chain === undefined ? '' : drawn(stripAt(chain, Infinity))

  t.match(said, 'guest 0x40000000 2 MiB PG_hwpoison in 3 parts [lost]')
  t.match(
    said,
    'redis 0xffff90000000 4 KiB unmapped [lost] and nginx 0xffff91000000 4 KiB unmapped [lost] - stage 1 cut'
  )
})

void t.test('a page that is mapped anew is there again', async (t) => {
  const run = await played('30-remapped-while-it-runs')
  const [chain] = pageChains(run.entries)

  t.match(
    chain === undefined ? '' : drawn(stripAt(chain, Infinity)),
    ' - page table - db 0x7f00000000 4 KiB mapped anew [there]'
  )
})

void t.test('a size is told in the largest unit that it is a whole number of', (t) => {
  t.same([64n, 4096n, 65536n, 2n << 20n, 1n << 30n, 5000n].map(sizeText), [
    '64 B',
    '4 KiB',
    '64 KiB',
    '2 MiB',
    '1 GiB',
    '5000 B'
  ])
  t.end()
})
