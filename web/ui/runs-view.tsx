import { useComputed, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { CELLS, isCell, type Cell } from '../../shared/rows/cells.ts'
import { runCurl } from '../model/curl.ts'
import { wordsOf } from '../model/filter.ts'
import { currentRun } from '../state/current-run.ts'
import { forCurl } from '../state/origin.ts'
import { listTrouble, runs } from '../state/runs.ts'
import { Bars } from './run-absent.tsx'
import { cellOf, RunLine } from './run-line.tsx'
import { StartRun } from './start-run.tsx'
import { Filter } from './trace-tools.tsx'
import { OutcomeGlyph, coloursOf } from './outcome.tsx'
import { rowsHere, useArrival } from './use-arrival.ts'
import { useRunSteps } from './use-run-steps.ts'
import { useSize } from './use-size.ts'

const LINE = 44
const MARGIN = 6

/** All runs, newest first; only those in sight exist. */
export function RunsView() {
  const query = useSignal('')
  const top = useSignal(0)
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  const found = useComputed(() => {
    const words = wordsOf(query.value)
    const all = runs.value ?? []
    if (words.length === 0) return all
    return all.filter((run) => {
      const { name, story, sentence, vmm, policy, linux, guestLinux, state, id } = run
      const hay = [name, story, sentence, vmm, policy, linux, guestLinux, state, id, cellOf(run)]
        .join(' ')
        .toLowerCase()
      return words.every((word) => hay.includes(word))
    })
  })
  const cells = useComputed(() => found.value.flatMap((run) => cellOf(run) ?? []))
  const list = found.value
  const { onKeyDown, lead } = useRunSteps({ box, top, count: list.length, line: LINE })
  useArrival('runs', () => {
    const place = 1 + list.findIndex(({ id }) => id === currentRun.peek()?.id)
    if (place === 0) return rowsHere()
    lead(place)
    return null
  })
  const from = Math.max(0, Math.floor(top.value / LINE) - MARGIN)
  const to = Math.min(list.length, from + Math.ceil(size.value.height / LINE) + 2 * MARGIN)
  return (
    <div class="runs-view">
      <section class="trace" aria-label="Runs">
        <h1 class="sr">Runs</h1>
        <div class="tools">
          <Filter
            label="Filter runs"
            placeholder="Filter: sei, panic, guest…"
            value={query.value}
            change={(text) => (query.value = text)}
          />
          <span class="dim nowrap" role="status">
            {runs.value === undefined ? '' : `${list.length} of ${runs.value.length}`}
          </span>
          <span class="grow" />
          <Sums
            cells={cells.value}
            chosen={query.value}
            choose={(cell) => (query.value = query.value === cell ? '' : cell)}
          />
        </div>
        <div class="runs-head" aria-hidden="true">
          <span />
          <span>What became of it</span>
          <span class="wide-only">VMM and policy</span>
          <span>Run</span>
        </div>
        <div
          class="runs-list"
          id="rows"
          ref={box}
          role="list"
          tabIndex={0}
          aria-label="Runs, newest first"
          onKeyDown={(event) => (event.key === 'Escape' ? (query.value = '') : onKeyDown(event))}
          onScroll={({ currentTarget }) => (top.value = currentTarget.scrollTop)}
        >
          <div role="presentation" style={{ height: `${list.length * LINE}px` }} />
          {list.slice(from, to).map((run, nth) => (
            <RunLine key={run.id} run={run} top={(from + nth) * LINE} place={from + nth + 1} of={list.length} />
          ))}
          <NoRuns query={query.value} found={list.length} />
        </div>
      </section>
      <StartRun />
    </div>
  )
}

function NoRuns({ query, found }: { readonly query: string; readonly found: number }) {
  if (listTrouble.value !== undefined) {
    return (
      <div class="empty" role="listitem">
        <h2>The runs cannot be listed</h2>
        <p>{listTrouble.value}</p>
      </div>
    )
  }
  if (runs.value === undefined) return <Bars />
  if (found > 0) return null
  return (
    <div class="empty" role="listitem">
      {query === '' ? (
        <>
          <h2>Nothing has been run yet</h2>
          <p>Start one of the two stories or one of the four presets here, or from a terminal:</p>
          <pre class="command">{runCurl('json', '{"story":"morse"}', forCurl.value)}</pre>
        </>
      ) : (
        <>
          <h2>No run matches</h2>
          <p>
            {runs.value.length} runs are kept. <kbd>Esc</kbd> clears the filter.
          </p>
        </>
      )}
    </div>
  )
}

interface SumsProps {
  readonly cells: readonly Cell[]
  readonly chosen: string
  readonly choose: (cell: Cell) => void
}

/** How many runs ended how; a press shows only those. */
function Sums({ cells, chosen, choose }: SumsProps) {
  const counts = new Map<Cell, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  return (
    <span class="legend">
      {Object.keys(CELLS)
        .filter(isCell)
        .filter((cell) => counts.has(cell))
        .map((cell) => (
          <button
            key={cell}
            class="sum"
            aria-pressed={chosen === cell}
            title={`Only: ${cell}`}
            onClick={() => choose(cell)}
          >
            <span class="swatch little" style={coloursOf(cell)}>
              <OutcomeGlyph cell={cell} size={11} />
            </span>
            {counts.get(cell)}
            <span class="sr"> {cell}</span>
          </button>
        ))}
    </span>
  )
}
