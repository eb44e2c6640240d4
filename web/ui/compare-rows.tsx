import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { foldedText, type ComparedLine } from '../model/compared-lines.ts'
import { toFirst, type Compared } from '../state/compared.ts'
import { ComparedPair } from './compared-pair.tsx'
import { Bars } from './run-absent.tsx'
import { useSize } from './use-size.ts'

const LINE = 26
/** One side below the other. */
const PHONE_LINE = 58
const PHONE = 760
const MARGIN = 8

/** The rows of two runs beside each other; only those in sight exist. */
export function CompareRows({ both }: { readonly both: Compared }) {
  const top = useSignal(0)
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  const lines = both.lines.value
  const line = size.value.page < PHONE ? PHONE_LINE : LINE
  const first = lines.findIndex(({ kind }) => kind === 'first')
  useEffect(() => {
    if (toFirst.value > 0 && first >= 0) box.current?.scrollTo({ top: Math.max(0, first - 2) * line })
  }, [toFirst.value])
  const from = Math.max(0, Math.floor(top.value / line) - MARGIN)
  const to = Math.min(lines.length, from + Math.ceil(size.value.height / line) + 2 * MARGIN)
  const isWaiting = both.comparison.value === undefined
  return (
    <div
      id="rows"
      class="compared-rows"
      ref={box}
      role="table"
      tabIndex={0}
      aria-label="Both runs, row by row"
      aria-rowcount={lines.length}
      onScroll={({ currentTarget }) => (top.value = currentTarget.scrollTop)}
    >
      {isWaiting && <Bars />}
      <div role="presentation" style={{ height: `${lines.length * line}px` }} />
      {lines.slice(from, to).map((one, nth) => {
        const index = from + nth
        return (
          <div
            key={index}
            role="row"
            aria-rowindex={index + 1}
            class={`compared-row ${one.kind}`}
            style={{ top: `${index * line}px`, height: `${line}px` }}
          >
            <Line both={both} line={one} />
          </div>
        )
      })}
    </div>
  )
}

function Line({ both, line }: { readonly both: Compared; readonly line: ComparedLine }) {
  if (line.kind === 'pair') return <ComparedPair both={both} line={line} />
  return (
    <span role="cell" aria-colspan={2}>
      {line.kind === 'first' ? 'First difference' : foldedText(line)}
    </span>
  )
}
