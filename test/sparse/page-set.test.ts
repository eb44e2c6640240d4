import * as fc from 'fast-check'
import t from 'tap'
import {
  addPage,
  deletePage,
  EMPTY_PAGE_SET,
  firstPageFrom,
  hasPage,
  hasPageWithin,
  pagesOf,
  type PageSet
} from '../../shared/sparse/page-set.ts'

const pfn = fc.oneof(
  fc.bigInt({ min: 0n, max: 600n }),
  fc.bigInt({ min: 8100n, max: 8300n }),
  fc.bigInt({ min: 0n, max: 2n ** 40n - 1n })
)
const ascending = (set: Iterable<bigint>) => [...set].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
const all = (pages: Iterable<bigint>) => [...pages].reduce<PageSet>(addPage, EMPTY_PAGE_SET)

void t.test('a page set holds what a Set holds, in ascending order, whatever is added and deleted', async (t) => {
  const operation = fc.record({ add: fc.boolean(), pfn })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
      const model = new Set<bigint>()
      let set = EMPTY_PAGE_SET

      for (const { add, pfn } of operations) {
        if (add) model.add(pfn)
        else model.delete(pfn)
        set = add ? addPage(set, pfn) : deletePage(set, pfn)
      }

      t.strictSame([...pagesOf(set)], ascending(model))
      t.equal(set.size, model.size)
      for (const { pfn } of operations) t.equal(hasPage(set, pfn), model.has(pfn))
    }),
    { numRuns: 60 }
  )
})

void t.test('a full group turns into a bitmap and back without losing a page', async (t) => {
  const pages = Array.from({ length: 2000 }, (_, i) => BigInt((i * 37) % 8192))

  const full = all(pages)
  const emptied = pages.slice(0, 1990).reduce<PageSet>(deletePage, full)

  t.strictSame([...pagesOf(full)], ascending(new Set(pages)))
  t.strictSame([...pagesOf(emptied)], ascending(pages.slice(1990)))
  t.strictSame(deletePage(pages.slice(1990).reduce<PageSet>(deletePage, emptied), 1n), EMPTY_PAGE_SET)
})

void t.test('an older set is not changed by what is added to or deleted from it', async (t) => {
  const old = all([1n, 8192n, 2n ** 40n - 1n])
  const before = JSON.stringify(old)

  addPage(old, 2n)
  deletePage(old, 8192n)

  t.equal(JSON.stringify(old), before)
})

void t.test('adding what is there and deleting what is not gives the same set', async (t) => {
  const set = all([7n])

  t.equal(addPage(set, 7n), set)
  t.equal(deletePage(set, 8n), set)
})

void t.test('the first page from a frame on is the one a sorted list would give', async (t) => {
  fc.assert(
    fc.property(fc.array(pfn, { maxLength: 60 }), pfn, fc.bigInt({ min: 1n, max: 9000n }), (pages, from, count) => {
      const set = all(pages)

      const first = firstPageFrom(set, from)

      t.equal(
        first,
        ascending(pages).find((page) => page >= from)
      )
      t.equal(hasPageWithin(set, from, count), first !== undefined && first < from + count)
    }),
    { numRuns: 100 }
  )
})

void t.test('frames from 2^40 on and below 0 are refused', async (t) => {
  for (const pfn of [2n ** 40n, -1n]) t.throws(() => addPage(EMPTY_PAGE_SET, pfn), RangeError)
})
