import type { Row } from '../../shared/rows/row.ts'
import { curlOf } from '../model/curl.ts'
import { forCurl, hasConsole } from '../state/origin.ts'
import type { OpenRun } from '../state/open-run.ts'

const LONG = 90
const SHOWN = 60

/** The data of an entry as JSON, the question that it answers, and the command that says it again. */
export function EntryData({ run, row }: { readonly run: OpenRun; readonly row: Row }) {
  void run.version.value
  const { entry } = row
  const answer = run.model.answerTo(row)
  return (
    <>
      {entry.question !== undefined && <Json title="The question" value={entry.question} isOpen={false} />}
      <Json title="Data" value={entry.data ?? {}} isOpen />
      {answer !== undefined && (
        <Json title={`Answer, #${answer.place}`} value={answer.entry.data ?? {}} isOpen={false} />
      )}
      {hasConsole.value && <Command entry={entry} />}
    </>
  )
}

/** The command that sends or reads an entry again. */
function Command({ entry }: { readonly entry: Row['entry'] }) {
  return (
    <div class="section">
      <h3>curl</h3>
      <pre class="command" tabIndex={0} aria-label="curl command">
        {curlOf(entry, forCurl.value)}
      </pre>
      <p class="dim">
        Aimed at the machine <code>{entry.machine}</code>, which is deleted with its run unless that keeps it.
      </p>
    </div>
  )
}

function Json({ title, value, isOpen }: { readonly title: string; readonly value: unknown; readonly isOpen: boolean }) {
  return (
    <div class="section">
      <details open={isOpen}>
        <summary>{title}</summary>
        <pre class="json">{JSON.stringify(value, shortened, 2)}</pre>
      </details>
    </div>
  )
}

/** Long texts are bytes; the whole of them is copied by the button above. */
const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > LONG ? `${value.slice(0, SHOWN)}… (${value.length} characters)` : value
