import type { OpenRun } from '../state/open-run.ts'
import { DeleteRun } from './delete-run.tsx'
import { ExportMenu } from './export-menu.tsx'
import { MarkIcon } from './icon.tsx'
import { rowsHere } from './use-arrival.ts'
import type { RowMark } from '../../shared/rows/row.ts'

const LEGEND: readonly (readonly [RowMark, string])[] = [
  ['exception', 'Exception'],
  ['notification', 'APEI'],
  ['signal', 'Signal'],
  ['guest-notification', 'To the guest'],
  ['question', 'Policy']
]

/** Filter, level of detail, and what the arrows are. */
export function TraceTools({ run }: { readonly run: OpenRun }) {
  void run.version.value
  const { query, everything, visible, model } = run
  return (
    <div class="tools">
      <Filter
        label="Filter messages"
        placeholder="Filter: signal, vmm, 0x40001…"
        value={query.value}
        change={(text) => (query.value = text)}
      />
      <span class="dim nowrap" role="status">
        {query.value === '' ? '' : `${visible.value.length} of ${model.length}`}
      </span>
      <span class="segments" role="group" aria-label="Detail">
        <button aria-pressed={!everything.value} onClick={() => (everything.value = false)}>
          Story
        </button>
        <button aria-pressed={everything.value} onClick={() => (everything.value = true)}>
          Everything
        </button>
      </span>
      <span class="grow" />
      <span class="legend">
        {LEGEND.map(([mark, name]) => (
          <span key={mark}>
            <MarkIcon mark={mark} size={13} />
            {name}
          </span>
        ))}
      </span>
      <ExportMenu run={run} />
      <DeleteRun run={run} />
    </div>
  )
}

export interface FilterProps {
  readonly label: string
  readonly placeholder: string
  readonly value: string
  readonly change: (text: string) => void
}

/** A field to look for something in; `/` leads into it, Esc clears it. */
export function Filter({ label, placeholder, value, change }: FilterProps) {
  return (
    <label class="filter">
      <span class="dim" aria-hidden="true">
        ⌕
      </span>
      <span class="sr">{label}</span>
      <input
        data-filter
        placeholder={placeholder}
        value={value}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => change(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter') return
          if (event.key === 'Escape') change('')
          event.stopPropagation()
          event.currentTarget.blur()
          rowsHere()?.focus()
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}
