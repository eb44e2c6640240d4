import { ask } from '../data/api.ts'
import { readRules } from '../data/rules.ts'
import { withRun } from '../../shared/drawing/one-file.ts'
import { rulesOf } from '../../shared/rows/rule.ts'
import { tell } from '../state/notice.ts'
import type { OpenRun } from '../state/open-run.ts'

/** Takes the whole run elsewhere: as a page in one file, as data, as a diagram. */
export function ExportMenu({ run }: { readonly run: OpenRun }) {
  const entries = () => run.model.entries
  return (
    <details class="export">
      <summary class="btn">Export</summary>
      <div class="menu">
        {!IS_ALONE && (
          <button onClick={() => void saved(run, 'html', 'text/html', () => pageOf(run))}>
            HTML <small>this page with this run, one file</small>
          </button>
        )}
        {!IS_ALONE && run.kind === 'run' && (
          <button onClick={() => void saved(run, 'mmd', 'text/vnd.mermaid', () => diagramOf(run))}>
            Mermaid <small>a sequence diagram, for a text</small>
          </button>
        )}
        <button
          onClick={() =>
            void saved(run, 'ndjson', 'application/x-ndjson', () =>
              entries()
                .map((entry) => `${JSON.stringify(entry)}\n`)
                .join('')
            )
          }
        >
          JSON <small>its journal, an entry a line</small>
        </button>
      </div>
    </details>
  )
}

async function diagramOf({ id }: OpenRun): Promise<string> {
  const path = `/v1/runs/${encodeURIComponent(id)}?format=mermaid`
  return (await ask(path, { accept: 'text/vnd.mermaid' })).text()
}

async function pageOf(run: OpenRun): Promise<string> {
  const page = await (await ask('/page/alone.html', { accept: 'text/html' })).text()
  const journal = run.model.entries
  return withRun(page, { summary: run.summary.value, journal, rules: rulesOf(journal, await readRules()) })
}

/** Hands a file to the browser, which asks where to put it. */
async function saved(run: OpenRun, ending: string, type: string, make: () => string | Promise<string>): Promise<void> {
  try {
    const url = URL.createObjectURL(new Blob([await make()], { type }))
    const link = document.createElement('a')
    link.href = url
    link.download = `seabus-${run.id}.${ending}`
    link.click()
    URL.revokeObjectURL(url)
  } catch (error) {
    tell(`It could not be saved: ${(error as Error).message}`)
  }
}
