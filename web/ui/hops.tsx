import type { Hop } from '../../shared/story/hops.ts'
import { addressOf, lookOf } from '../../shared/rows/hop-look.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'
import { MarkIcon } from './icon.tsx'

/** So many are drawn; a run with more of them repeats itself. */
const MOST = 60

/** Who was told, in order, by what and with which address. */
export function Hops({ run }: { readonly run: OpenRun }) {
  const hops = run.hops.value
  return (
    <nav aria-label="Who was told, in order">
      <ol class="told" tabIndex={0}>
        {hops.slice(0, MOST).map((hop) => (
          <li key={hop.order}>
            <HopButton run={run} hop={hop} />
          </li>
        ))}
        {hops.length > MOST && <li class="dim">and {hops.length - MOST} more</li>}
      </ol>
    </nav>
  )
}

function HopButton({ run, hop }: { readonly run: OpenRun; readonly hop: Hop }) {
  const { order, by, entries } = hop
  const { mark, whom } = lookOf(hop)
  const selected = run.selected.value
  const isCurrent = entries.some((entry) => entry.order === selected)
  return (
    <button
      class={order > run.now.value ? 'hop future' : 'hop'}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={() => selectEntry(run, order)}
    >
      <MarkIcon mark={mark} />
      <span>
        <b>
          {by.replace(/^an? /, '')}
          {entries.length > 1 && <i class="dim"> ×{entries.length}</i>}
        </b>
        <small>{whom}</small>
        <span class="address">{addressOf(hop) ?? (mark === 'end' ? '' : 'no address')}</span>
      </span>
    </button>
  )
}
