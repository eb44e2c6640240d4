import { effect, signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { draft, mistakes, write } from '../../state/draft.ts'
import { offers } from '../../state/offers.ts'
import { Trouble } from '../trouble.tsx'
import { usePart } from '../use-part.ts'
import type * as Editor from './code-editor.ts'

const loaded = signal<typeof Editor | undefined>(undefined)
const PART = { name: 'code-editor', load: () => import('./code-editor.ts') }

interface CodeBoxProps {
  /** Id of what says more about the text. */
  readonly describedBy: string
  readonly run: () => void
  /** Where the editor is put for whoever leads to places of its text. */
  readonly editor: { current: Editor.CodeEditor | null }
}

/** The scenario in an editor, which is loaded when it is to be seen; until then the text as it stands. */
export function CodeBox({ describedBy, run, editor }: CodeBoxProps) {
  const box = useRef<HTMLDivElement>(null)
  const runs = useRef(run)
  runs.current = run
  const trouble = usePart(PART, loaded, 'The editor')
  const makeEditor = loaded.value?.codeEditor
  useEffect(() => {
    if (box.current === null || makeEditor === undefined) return
    const made = makeEditor(box.current, {
      label: 'Scenario',
      describedBy,
      text: draft.peek(),
      changed: (text) => write(text),
      run: () => runs.current(),
      offers: () => offers.peek()
    })
    editor.current = made
    const ends = [effect(() => made.setText(draft.value)), effect(() => made.setMistakes(mistakes.value))]
    return () => {
      for (const end of ends) end()
      editor.current = null
      made.remove()
    }
  }, [makeEditor])
  return (
    <>
      <div class="code" ref={box}>
        {makeEditor === undefined && <pre>{draft.value}</pre>}
      </div>
      <Trouble says={trouble.value} />
    </>
  )
}
