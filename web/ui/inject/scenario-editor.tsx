import { useRef } from 'preact/hooks'
import { startRun } from '../../data/runs.ts'
import { runCurl } from '../../model/curl.ts'
import { draft, draftName, markRefused, mistakes, putBack, replaced } from '../../state/draft.ts'
import { copy } from '../../state/notice.ts'
import { forCurl } from '../../state/origin.ts'
import { useStarting } from '../../state/starting.ts'
import { Trouble } from '../trouble.tsx'
import { CodeBox } from './code-box.tsx'
import type { CodeEditor } from './code-editor.ts'
import { RunWith } from './run-with.tsx'

const SHOWN = 8

/** What was written is not lost by what was put in its place. */
function Replaced() {
  const before = replaced.value
  if (before === undefined) return null
  return (
    <p class="replaced" role="status">
      {draftName.value === before.name ? 'Another scenario' : draftName.value} stands in the place of what you had.{' '}
      <button class="btn" onClick={putBack}>
        Put it back
      </button>
    </p>
  )
}

/** The scenario as text, its mistakes as the command line tells them, what it is run with, and what can be done with it. */
export function ScenarioEditor() {
  const editor = useRef<CodeEditor | null>(null)
  const { trouble, isUnderWay, start } = useStarting()
  const wrong = mistakes.value
  const run = () => {
    if (mistakes.peek().length > 0) return
    const scenario = draft.peek()
    void start(async () => {
      try {
        return { view: 'run', run: await startRun({ scenario }) }
      } catch (error) {
        markRefused(scenario, error)
        throw error
      }
    })
  }
  return (
    <div class="editor">
      <CodeBox describedBy="mistakes editor-keys" run={run} editor={editor} />
      <p id="editor-keys" class="editor-keys">
        <kbd>Ctrl Space</kbd> completes · <kbd>F8</kbd> next mistake · <kbd>Esc</kbd> <kbd>Tab</kbd> leaves
      </p>
      <Replaced />
      <RunWith />
      <div class="inject-actions">
        <button class="btn run" disabled={wrong.length > 0 || isUnderWay.value} onClick={run}>
          Run <kbd>Ctrl Enter</kbd>
        </button>
        <button class="btn" onClick={() => void copy(runCurl('yaml', draft.value, forCurl.value), 'curl')}>
          Copy as curl
        </button>
      </div>
      <ul id="mistakes" aria-live="polite">
        {wrong.slice(0, SHOWN).map((mistake) => (
          <li key={mistake.line}>
            <button class="bad" onClick={() => editor.current?.show(mistake.from, mistake.to)}>
              {mistake.line}
            </button>
          </li>
        ))}
        {wrong.length > SHOWN && <li class="bad">{`and ${wrong.length - SHOWN} more`}</li>}
      </ul>
      <Trouble says={wrong.length > 0 ? undefined : trouble.value?.message} />
    </div>
  )
}
