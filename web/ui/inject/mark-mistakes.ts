import { diagnosticCount, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import type { Extension, Text, TransactionSpec, EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import type { Mistake } from '../../model/inject/mistakes.ts'

/** Marks the characters that mistakes are about; each says what is wrong when it is pointed at, and can put what was meant. */
export function marksOf(state: EditorState, mistakes: readonly Mistake[]): TransactionSpec {
  return setDiagnostics(
    state,
    mistakes.map((mistake) => diagnosticOf(state.doc, mistake))
  )
}

function diagnosticOf({ length }: Text, { from, to, message, suggestion }: Mistake): Diagnostic {
  const mark: Diagnostic = { from: Math.min(from, length), to: Math.min(to, length), severity: 'error', message }
  if (suggestion === undefined) return mark
  const apply = (view: EditorView, start: number, end: number) =>
    view.dispatch({ changes: { from: start, to: end, insert: suggestion }, userEvent: 'input.mend' })
  return { ...mark, actions: [{ name: `Write ${suggestion}`, apply }] }
}

/** Says of the text as a whole whether it has mistakes. */
export const saysIfWrong: Extension = EditorView.contentAttributes.of(({ state }) => ({
  'aria-invalid': String(diagnosticCount(state) > 0)
}))
