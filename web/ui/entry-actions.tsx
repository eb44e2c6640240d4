import { curlOf } from '../model/curl.ts'
import type { Row } from '../../shared/rows/row.ts'
import { stepOf } from '../model/scenario-step.ts'
import { copy } from '../state/notice.ts'
import { forCurl } from '../state/origin.ts'

/** Takes the entry elsewhere: to a terminal, into a scenario, into a mail. */
export function EntryActions({ row }: { readonly row: Row }) {
  const { entry } = row
  const step = stepOf(entry)
  return (
    <div class="actions">
      <button class="btn" onClick={() => void copyCurl(row)}>
        Copy as curl
      </button>
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

export const copyCurl = ({ entry }: Row): Promise<void> => copy(curlOf(entry, forCurl.value), 'curl command')
