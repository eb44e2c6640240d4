import { acceptCompletion } from '@codemirror/autocomplete'
import { defaultKeymap, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { lintKeymap } from '@codemirror/lint'
import { Prec, type Extension } from '@codemirror/state'
import { EditorView, keymap, type Command } from '@codemirror/view'
import { isEmptyItem, nextLineAfter } from '../../model/inject/next-line.ts'

/** A new line after a step begins the next step, and after a step that was not written ends them. */
const newStep: Command = (view) => {
  const { state } = view
  const { main, ranges } = state.selection
  const line = state.doc.lineAt(main.head)
  if (ranges.length > 1 || !main.empty || main.head !== line.to) return false
  if (isEmptyItem(line.text)) {
    view.dispatch({ changes: { from: line.from, to: line.to }, userEvent: 'delete' })
    return true
  }
  const begin = nextLineAfter(state.sliceDoc(0, line.to))
  if (begin === undefined) return false
  const insert = `${state.lineBreak}${begin}`
  view.dispatch({
    changes: { from: line.to, insert },
    selection: { anchor: line.to + insert.length },
    scrollIntoView: true,
    userEvent: 'input'
  })
  return true
}

/** Tab belongs to the page again, until something is written or the editor is entered anew. */
const freeTab: Command = (view) => {
  view.setTabFocusMode(true)
  return false
}

/** The keys of the editor. Tab indents; after Esc it leaves, whenever that is. */
export function editorKeys(run: () => void): Extension {
  const runs: Command = () => {
    run()
    return true
  }
  return [
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run: runs, preventDefault: true }])),
    // Below those of the list of completions.
    keymap.of([
      { key: 'Enter', run: newStep },
      { key: 'Tab', run: (view) => acceptCompletion(view) || indentMore(view), shift: indentLess },
      { key: 'Escape', run: freeTab },
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap
    ]),
    EditorView.updateListener.of(({ docChanged, view }) => docChanged && view.setTabFocusMode(false)),
    EditorView.domEventHandlers({ focus: (_event, view) => view.setTabFocusMode(false) })
  ]
}
