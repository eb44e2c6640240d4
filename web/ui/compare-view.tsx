import { useEffect } from 'preact/hooks'
import { pairOf, partnerOf } from '../model/comparable.ts'
import type { Route } from '../model/permalink.ts'
import { compared, openCompared, toFirst, type Compared } from '../state/compared.ts'
import { goTo, replaceRoute } from '../state/route.ts'
import { runs } from '../state/runs.ts'
import { CompareHead } from './compare-head.tsx'
import { CompareNothing } from './compare-nothing.tsx'
import { CompareRows } from './compare-rows.tsx'
import { ComparedDecisions } from './compared-decisions.tsx'
import { Bars } from './run-absent.tsx'
import { rowsHere, useArrival } from './use-arrival.ts'

/** Two runs of the same fault side by side. */
export function CompareView({ at }: { readonly at: Extract<Route, { readonly view: 'compare' }> }) {
  const both = chosenPair(at.left, at.right)
  const [left, right] = both ?? []
  useEffect(() => {
    if (left !== undefined && right !== undefined) replaceRoute({ view: 'compare', left, right })
  }, [left, right])
  if (left === undefined || right === undefined) return runs.value === undefined ? <Bars /> : <CompareNothing />
  return <CompareBody key={`${left} ${right}`} both={openCompared(left, right)} />
}

/** Those of the address; what it does not name is chosen. */
function chosenPair(left: string, right: string): readonly [string, string] | undefined {
  if (left !== '' && right !== '') return [left, right]
  const there = compared.value
  const list = runs.value ?? []
  if (left !== '') {
    const partner = partnerOf(list, left)
    return partner && [left, partner.id]
  }
  if (there !== undefined) return [there.left.id, there.right.id]
  const pair = pairOf(list)
  return pair && [pair[0].id, pair[1].id]
}

function CompareBody({ both }: { readonly both: Compared }) {
  const { left, right, everything, comparison } = both
  const choose = (to: { readonly left?: string; readonly right?: string }) =>
    goTo({ view: 'compare', left: left.id, right: right.id, ...to })
  useArrival(`${left.id} ${right.id}`, rowsHere)
  const isFound = comparison.value?.first !== undefined
  return (
    <>
      <h1 class="sr">Two runs compared</h1>
      <div class="compared">
        <CompareHead side="Left" run={left} other={right.id} choose={(id) => choose({ left: id })} />
        <CompareHead side="Right" run={right} other={left.id} choose={(id) => choose({ right: id })} />
      </div>
      <ComparedDecisions both={both} />
      <div class="tools">
        <span class="segments" role="group" aria-label="Detail">
          <button aria-pressed={!everything.value} onClick={() => (everything.value = false)}>
            Differences
          </button>
          <button aria-pressed={everything.value} onClick={() => (everything.value = true)}>
            Whole story
          </button>
        </span>
        <button class="btn" disabled={!isFound} onClick={() => toFirst.value++}>
          First difference <kbd>d</kbd>
        </button>
        <button class="btn" onClick={() => choose({ left: right.id, right: left.id })}>
          Swap sides
        </button>
        <span class="grow" />
        <span class="dim wide-only" role="status">
          {comparison.value === undefined ? '' : isFound ? FOUND : 'The runs differ in nothing that counts'}
        </span>
      </div>
      <CompareRows both={both} />
    </>
  )
}

const FOUND = 'Aligned by kind, parties and type; names and addresses that somebody chose are no difference'
