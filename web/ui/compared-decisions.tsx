import type { Decision } from '../../shared/story/decisions.ts'
import type { Compared } from '../state/compared.ts'
import type { OpenRun } from '../state/open-run.ts'
import { EntryLink } from './entry-link.tsx'

/** So many are shown; a livelock asks the same again and again. */
const MOST = 4

/** What the policies decided, side by side, and which of it made the ends differ. */
export function ComparedDecisions({ both }: { readonly both: Compared }) {
  const { decisions, decisive } = both.comparison.value ?? { decisions: [], decisive: undefined }
  const shown = [...decisions.keys()].filter((at) => at < MOST || at === decisive)
  if (shown.length === 0) return null
  return (
    <ol class="decisions" aria-label="What the policies decided">
      {shown.map((at) => {
        const { left, right } = decisions[at] ?? {}
        const isDecisive = at === decisive
        return (
          <li key={at} class={isDecisive ? 'decisive' : undefined}>
            <div>
              {isDecisive && <b class="badge">this decides the outcome</b>} <Decided run={both.left} decision={left} />
            </div>
            <div>
              <Decided run={both.right} decision={right} />
            </div>
          </li>
        )
      })}
    </ol>
  )
}

function Decided({ run, decision }: { readonly run: OpenRun; readonly decision: Decision | undefined }) {
  if (decision === undefined) return <span class="dim">nobody was asked</span>
  const { signal, action, because, isFallback, order } = decision
  return (
    <>
      <span class="dim">{signal ?? 'an exit'} → </span>
      <EntryLink kind="link mono" run={run} place={order}>
        <b>{action}</b>
      </EntryLink>{' '}
      {isFallback ? 'nobody answered; the fallback: ' : ''}
      {because}
    </>
  )
}
