import fc from 'fast-check'
import t from 'tap'
import { PAGE_LIMIT, pageRuns, pageValue, setPages, type PageMap } from '../../shared/sparse/page-map.ts'

void t.test('a page map gives each page the last value that was set for it, whatever ranges are set', async (t) => {
  const page = fc.oneof(fc.nat(2000), fc.nat(2 ** 20), fc.nat(PAGE_LIMIT - 1))
  const change = fc.record({ first: page, length: fc.oneof(fc.nat(3), fc.nat(2000)), value: fc.option(fc.nat(3)) })

  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.array(page, { maxLength: 20 }), (changes, probes) => {
      let tree: PageMap<number>
      for (const { first, length, value } of changes) tree = setPages(tree, first, first + length, value ?? undefined)
      const expected = (at: number) =>
        changes.findLast(({ first, length }) => at >= first && at < first + length)?.value ?? undefined

      const edges = changes.flatMap(({ first, length }) => [first - 1, first, first + length - 1, first + length])
      for (const at of [...probes, ...edges].filter((n) => n >= 0 && n < PAGE_LIMIT)) {
        if (pageValue(tree, at) !== expected(at)) return false
      }
      return pageRuns(tree).every(({ first, end, value }) => expected(first) === value && expected(end - 1) === value)
    })
  )
  t.pass()
})

void t.test('ten thousand single pages are taken out and put back without a trace', async (t) => {
  const whole: PageMap<number> = setPages<number>(undefined, 0, 2 ** 18, 7)
  let tree = whole

  for (let n = 0; n < 10_000; n++) tree = setPages(tree, n * 26, n * 26 + 1, undefined)
  const holes = 2 ** 18 - pageRuns(tree).reduce((sum, { first, end }) => sum + end - first, 0)
  for (let n = 0; n < 10_000; n++) tree = setPages(tree, n * 26, n * 26 + 1, 7)

  t.equal(holes, 10_000)
  t.strictSame(pageRuns(tree), pageRuns(whole))
  t.equal(pageValue(whole, 26), 7, 'the first tree never changed')
})
