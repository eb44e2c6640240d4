import type { OpenRun } from '../state/open-run.ts'
import { EntryLink } from './entry-link.tsx'

/** What the file of a run expects and what came instead, to be opened; the number alone where the run is carried without it. */
export function NotAsExpected({ run }: { readonly run: OpenRun }) {
  const { expected, report } = run.summary.value ?? {}
  const failures = report?.failures ?? []
  const says = `✕ not as the file expects (${expected?.failures ?? failures.length})`
  if (failures.length === 0) return <span class="bad">{says}</span>
  return (
    <details class="unmet">
      <summary class="bad">{says}</summary>
      <ul>
        {failures.map(({ expectation, says: what, order }) => (
          <li key={`${expectation} ${what}`}>
            <span class="mono">{expectation}</span>: {what}
            {order !== undefined && (
              <>
                , nearest{' '}
                <EntryLink kind="link mono" run={run} place={order}>
                  #{order}
                </EntryLink>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}
