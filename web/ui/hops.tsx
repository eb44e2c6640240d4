import { HOP_MARKS } from '../model/row.ts'
import { wordsFor } from '../model/words.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'
import { laneName } from '../model/lanes.ts'
import { MarkIcon } from './icon.tsx'

/** Who was told, in order, by what and with which address. */
export function Hops({ run }: { readonly run: OpenRun }) {
  void run.version.value
  const hops = run.model.rows.filter(
    ({ level, mark, isEnd }) => level === 'story' && (isEnd || (HOP_MARKS.has(mark) && mark !== 'question'))
  )
  return (
    <nav aria-label="Who was told, in order">
      <ol class="told" tabIndex={0}>
        {hops.slice(0, 40).map((row) => {
          const { place, mark, to, isEnd } = row
          const { head, detail, isProse } = wordsFor(run.model, row)
          return (
            <li key={place}>
              <button
                class={place > run.now.value ? 'hop future' : 'hop'}
                aria-current={run.selected.value === place ? 'true' : undefined}
                onClick={() => selectEntry(run, place)}
              >
                <MarkIcon mark={isEnd ? 'end' : mark} />
                <span>
                  <b>{head}</b>
                  <small>→ {laneName(to)}</small>
                  <span class="address">{isProse ? '' : detail}</span>
                </span>
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
