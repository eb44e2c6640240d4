import { curlOf } from '../model/curl.ts'
import type { Row } from '../../shared/rows/row.ts'
import { stepOf } from '../model/scenario-step.ts'
import { copy, tell } from '../state/notice.ts'
import { forCurl, hasConsole } from '../state/origin.ts'

/** Takes the entry elsewhere: to a terminal, into a scenario, into a mail. */
export function EntryActions({ row }: { readonly row: Row }) {
  const { entry } = row
  const step = stepOf(entry)
  return (
    <div class="actions">
      {hasConsole.value && (
        <button
          class="btn"
          title={IS_ALONE ? `for the console at ${forCurl.value.origin}, which the run is from` : undefined}
          onClick={() => void copyCurl(row)}
        >
          Copy as curl
        </button>
      )}
      {step !== undefined && (
        <button class="btn" onClick={() => void copy(step, 'Scenario step')}>
          Copy as step
        </button>
      )}
      <button class="btn" onClick={() => void copy(JSON.stringify(entry, null, 2), 'JSON')}>
        JSON
      </button>
      <button class="btn" onClick={() => void copy(location.href, 'Link')}>
        Link
      </button>
    </div>
  )
}

export async function copyCurl({ entry }: Row): Promise<void> {
  if (!hasConsole.value) return tell('There is no console that a command could be sent to: this run is a file.')
  const { origin } = forCurl.value
  await copy(curlOf(entry, forCurl.value), 'curl command', IS_ALONE ? `it asks ${origin}, which the run is from` : '')
}
