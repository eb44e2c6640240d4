import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { startRun } from '../../data/runs.ts'
import { runCurl } from '../../model/curl.ts'
import type { Mistake } from '../../model/inject/mistakes.ts'
import { draft, mistakes, write } from '../../state/draft.ts'
import { copy } from '../../state/notice.ts'
import { forCurl } from '../../state/origin.ts'
import { goTo } from '../../state/route.ts'
import { refreshRuns } from '../../state/runs.ts'

const LINES = 16
const SHOWN = 8

/** The scenario as text, its mistakes as the command line tells them, and what can be done with it. */
export function ScenarioEditor() {
  const box = useRef<HTMLTextAreaElement>(null)
  const trouble = useSignal<string | undefined>(undefined)
  const wrong = mistakes.value
  const run = async () => {
    if (mistakes.peek().length > 0) return
    try {
      trouble.value = undefined
      const id = await startRun({ scenario: draft.peek() })
      void refreshRuns()
      goTo({ view: 'run', run: id })
    } catch (error) {
      trouble.value = (error as Error).message
    }
  }
  const show = ({ from, to }: Mistake) => {
    box.current?.focus()
    box.current?.setSelectionRange(from, to)
  }
  return (
    <div class="editor">
      <textarea
        ref={box}
        aria-label="Scenario"
        aria-invalid={wrong.length > 0}
        aria-describedby="mistakes"
        rows={LINES}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        value={draft.value}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          void run()
        }}
      />
      <ul id="mistakes" aria-live="polite">
        {wrong.slice(0, SHOWN).map((mistake) => (
          <li key={mistake.line}>
            <button class="bad" onClick={() => show(mistake)}>
              {mistake.line}
            </button>
          </li>
        ))}
        {wrong.length > SHOWN && <li class="bad">{`and ${wrong.length - SHOWN} more`}</li>}
      </ul>
      <div class="inject-actions">
        <button class="btn run" disabled={wrong.length > 0} onClick={() => void run()}>
          Run <kbd>Ctrl Enter</kbd>
        </button>
        <button class="btn" onClick={() => void copy(runCurl('yaml', draft.value, forCurl.value), 'curl')}>
          Copy as curl
        </button>
      </div>
      {trouble.value !== undefined && (
        <p class="bad" role="alert">
          {trouble.value}
        </p>
      )}
    </div>
  )
}
