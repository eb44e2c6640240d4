import { BACKINGS, FRAME_KINDS } from '../../shared/contracts/host-kernel.ts'
import { MF_PAGE_TYPES, MF_RESULT_MEANS, MF_RESULTS } from '../../shared/contracts/notes/memory-failure-types.ts'
import { createKernel } from '../../shared/linux/kernel/create.ts'
import type { Kernel } from '../../shared/linux/kernel/state.ts'
import { earlyOutcome, identifyPageState, type EarlyKind } from '../../shared/linux/mm/error-states.ts'
import { RELEASES, type Release } from '../../shared/linux/profile.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'
import { ruleSays } from './rule.ts'

/** A page that memory_failure() handles, and how that ends. */
interface Case {
  readonly page: string
  readonly type: string
  readonly result: string
}

const LATER: ReadonlySet<string> = new Set(['dax', 'file-clean', 'file-dirty'])
const isEarly = (kind: string): kind is EarlyKind => !LATER.has(kind)
/** Backings that the page types of the result line tell apart. */
const MAPPED = BACKINGS.filter((backing) => backing !== 'pfnmap' && backing !== 'dax')

/** A kernel whose words nobody hears. */
function silentKernel(version: Release): Kernel {
  const nothing = () => undefined
  const platform = {
    now: 0,
    readPhysical: nothing,
    writePhysical: nothing,
    invalidate: nothing,
    signal: nothing,
    event: nothing
  }
  return { ...createKernel({ version }), platform }
}

/** What the model makes of every kind of page, whatever is held of it. */
function casesOf(release: Release): readonly Case[] {
  const early = FRAME_KINDS.filter(isEarly).map((kind): Case => {
    const { type, result } = earlyOutcome(release, kind)
    return { page: `a frame that is ${kind}`, type, result }
  })
  const kernel = silentKernel(release)
  const ending = (backing: (typeof BACKINGS)[number], dirty: boolean, pinned: boolean) =>
    identifyPageState(kernel, { pfn: 0n, backing, dirty, pinned })
  const mapped = MAPPED.flatMap((backing) =>
    [true, false].flatMap((dirty): readonly Case[] => {
      const page = `${dirty ? 'dirty' : 'clean'} ${backing}`
      const [free, held] = [ending(backing, dirty, false), ending(backing, dirty, true)]
      return free.result === held.result
        ? [{ page, ...free }]
        : [
            { page, ...free },
            { page: `${page} that somebody still holds`, ...held }
          ]
    })
  )
  return [...early, ...mapped]
}

/** A line for each end of another kind, with its pages, and with the kernels in which that is so where it is not all of them. */
function pagesWith(wanted: (one: Case) => boolean, under: (one: Case) => string): readonly string[] {
  const told = RELEASES.flatMap((release) =>
    casesOf(release).flatMap((one) => (wanted(one) ? [{ page: one.page, under: under(one), release }] : []))
  )
  const lines = [...Map.groupBy(told, (one) => `${one.under}: ${one.page}`).values()].flatMap((all) => {
    const [first] = all
    if (first === undefined) return []
    const where = all.length === RELEASES.length ? '' : ` (${all.map(({ release }) => release).join(', ')})`
    return [{ head: first.under + where, page: first.page }]
  })
  return [...Map.groupBy(lines, ({ head }) => head)].map(
    ([head, all]) => `${head}: ${all.map(({ page }) => page).join(', ')}`
  )
}

const explanationOf = (name: string, title: string, facts: readonly Fact[]): Explanation => ({
  kind: 'memory-failure',
  name,
  title,
  facts: [...facts, { label: 'told by', says: ruleSays('shared/linux/mm/action-result.ts#actionResult') ?? '' }],
  data: { name, pages: facts.flatMap(({ says }) => says) }
})

/** Results and page types of memory_failure(), as they stand in "recovery action for dirty LRU page: Recovered". */
export const MEMORY_FAILURE: Subject = {
  kind: 'memory-failure',
  names: () => [...MF_RESULTS, ...MF_PAGE_TYPES],
  explain(name) {
    const wanted = folded(name)
    const results = MF_RESULTS.filter((result) => folded(result) === wanted || `mf${folded(result)}` === wanted)
    const types = MF_PAGE_TYPES.filter((type) => folded(type) === wanted)
    return [
      ...results.map((result) =>
        explanationOf(result, MF_RESULT_MEANS[result], [
          {
            label: 'pages',
            says: pagesWith(
              (one) => one.result === result,
              (one) => one.type
            )
          }
        ])
      ),
      ...types.map((type) => {
        const pages = pagesWith(
          (one) => one.type === type,
          (one) => one.result
        )
        const says = pages.length === 0 ? 'none that the model decides by its kind alone' : pages
        return explanationOf(type, 'a type of page in the result line of memory_failure()', [{ label: 'pages', says }])
      })
    ]
  }
}
