import { verdictOf } from '../../shared/trace/verdict.ts'
import { kernelsText } from '../../shared/drawing/run-picture.ts'
import type { RunSummary } from '../data/runs.ts'
import { isCell, type Cell } from '../../shared/rows/cells.ts'
import { begun } from '../../shared/rows/saying.ts'
import { linkTo } from '../model/permalink.ts'
import { OutcomeSwatch } from './outcome.tsx'

/** How a run ended, as a colour; nothing while it runs. */
export function cellOf({ cell, outcome, state }: RunSummary): Cell | undefined {
  if (isCell(cell)) return cell
  return outcome === undefined || state !== 'ended' ? undefined : verdictOf(outcome)
}

export interface RunLineProps {
  readonly run: RunSummary
  /** In px. */
  readonly top: number
  readonly place: number
  readonly of: number
}

/** A run in two lines; a press opens it. */
export function RunLine({ run, top, place, of }: RunLineProps) {
  const { id, name, story, state, sentence, vmm, policy, started } = run
  const [bold, rest] = splitSentence(sentence ?? (state === 'running' ? 'It is running.' : 'It failed.'))
  const kernels = kernelsText(run)
  const setUp = [policy, kernels === undefined ? undefined : `Linux ${kernels}`].filter(Boolean).join(' · ')
  return (
    <div role="listitem" aria-setsize={of} aria-posinset={place}>
      <a class="run-line" data-place={place} href={linkTo({ view: 'run', run: id })} style={{ top: `${top}px` }}>
        <OutcomeSwatch cell={cellOf(run)} />
        <span class="clip">
          <b>{begun(bold)}</b> <span class="dim">{rest}</span>
          <small>{name}</small>
        </span>
        <span class="clip wide-only">
          {vmm ?? ''}
          <small>{setUp}</small>
        </span>
        <span class="clip">
          <span class="mono dim">{story ?? id}</span>
          <small>
            <time dateTime={started}>{timeOf(started)}</time>
          </small>
        </span>
      </a>
    </div>
  )
}

/** Who died, and who goes on. */
function splitSentence(text: string): readonly [string, string] {
  const at = text.search(/[;.] /)
  return at < 0 ? [text, ''] : [text.slice(0, at + 1), text.slice(at + 2)]
}

const timeOf = (iso: string) => (Number.isNaN(Date.parse(iso)) ? '' : new Date(iso).toLocaleTimeString())
