import type { CSSProperties } from 'preact'
import { CELLS } from '../model/cells.ts'
import type { OpenRun } from '../state/open-run.ts'
import { OutcomeTag } from './outcome.tsx'
import { cellOf } from './run-line.tsx'

/** What became of the run, in a sentence and a colour, and what it was run with. */
export function Verdict({ run }: { readonly run: OpenRun }) {
  void run.version.value
  const summary = run.summary.value
  const cell = summary === undefined ? undefined : cellOf(summary)
  const colour = cell === undefined ? {} : ({ '--verdict': `var(--c-${CELLS[cell].key})` } as CSSProperties)
  return (
    <div class="says" style={colour}>
      <div class="bar" />
      <h1>{summary?.sentence ?? 'It is running; nothing has ended yet.'}</h1>
      <div class="meta">
        {cell !== undefined && <OutcomeTag cell={cell} />}
        <span>
          <span class="mono">{summary?.name}</span> {summary?.title}
        </span>
        {summary?.policy !== undefined && (
          <span>
            policy <b>{summary.policy}</b>
          </span>
        )}
        {summary?.vmm !== undefined && (
          <span>
            VMM <b>{summary.vmm}</b>
          </span>
        )}
        {summary?.linux !== undefined && (
          <span>
            Linux <b>{summary.linux}</b>
          </span>
        )}
        {summary?.expected !== undefined &&
          (summary.expected.met ? (
            <span class="good">✓ as the file expects</span>
          ) : (
            <span class="bad">✕ not as the file expects</span>
          ))}
      </div>
    </div>
  )
}
