import { completionKeymap, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { history } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  tooltips
} from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import type { Mistake } from '../../model/inject/mistakes.ts'
import type { Offers } from '../../model/inject/offers.ts'
import { changeBetween } from '../../model/inject/text-change.ts'
import { completeYaml } from './complete-yaml.ts'
import { editorKeys } from './editor-keys.ts'
import { marksOf, saysIfWrong } from './mark-mistakes.ts'

export interface CodeEditorPorts {
  readonly label: string
  /** Id of what says more about it. */
  readonly describedBy: string
  readonly text: string
  readonly changed: (text: string) => void
  readonly run: () => void
  readonly offers: () => Offers
}

/** An editor of a scenario in an element. */
export interface CodeEditor {
  /** Makes its text another one; what is the same stays where it is. */
  readonly setText: (text: string) => void
  readonly setMistakes: (mistakes: readonly Mistake[]) => void
  /** Goes to some characters. */
  readonly show: (from: number, to: number) => void
  readonly remove: () => void
}

/** What is said of a place stays between the edges of the editor, however high it is. */
function withinEditor({ dom }: EditorView) {
  const { left, right } = dom.getBoundingClientRect()
  return { top: 0, left, bottom: innerHeight, right }
}

export function codeEditor(parent: Element, ports: CodeEditorPorts): CodeEditor {
  const { label, describedBy, text, changed, run, offers } = ports
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        tooltips({ tooltipSpace: withinEditor }),
        drawSelection(),
        history(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        yaml(),
        syntaxHighlighting(classHighlighter),
        bracketMatching(),
        closeBrackets(),
        completeYaml(offers),
        keymap.of([...completionKeymap, ...closeBracketsKeymap]),
        editorKeys(run),
        saysIfWrong,
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-describedby': describedBy }),
        EditorView.updateListener.of(({ docChanged, state }) => docChanged && changed(state.doc.toString()))
      ]
    })
  })
  return {
    setText(next) {
      const changes = changeBetween(view.state.doc.toString(), next)
      if (changes !== undefined) view.dispatch({ changes, scrollIntoView: true })
    },
    setMistakes: (mistakes) => view.dispatch(marksOf(view.state, mistakes)),
    show(from, to) {
      const { length } = view.state.doc
      view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, scrollIntoView: true })
      view.focus()
    },
    remove: () => view.destroy()
  }
}
