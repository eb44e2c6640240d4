import {
  autocompletion,
  pickedCompletion,
  type Completion as Option,
  type CompletionContext,
  type CompletionResult
} from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { completionsAt, CURSOR, type Completion } from '../../model/inject/completions.ts'
import type { Offers } from '../../model/inject/offers.ts'

interface YamlOption extends Option {
  readonly goesOn: boolean
}

/** Above what else could be put in. */
const NEEDED = 1
/** Options that begin alike are told in the order of the schema. */
const MOST_BOOST = 99

/** Offers what can stand where the cursor is, from the schema of scenarios and from what the services are. */
export function completeYaml(offers: () => Offers): Extension {
  return autocompletion({
    override: [({ state, pos, explicit }) => optionsAt(state.doc.toString(), pos, explicit, offers())],
    icons: false,
    optionClass: ({ type = '' }) => `completes-${type}`,
    positionInfo: (_view, list, _option, info, space) => belowList(list, info, space),
    activateOnCompletion: (option) => (option as YamlOption).goesOn,
    // What is written to its end is not offered, so that Enter takes nothing by mistake.
    interactionDelay: 0
  })
}

interface Box {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** What is said of an option stands below the list, as wide as it, so that it covers no option; above where there is no room. */
function belowList(list: Box, info: Box, space: Box): { readonly style: string } {
  const height = list.bottom - list.top + GAP
  const isRoom = list.bottom + GAP + (info.bottom - info.top) <= space.bottom
  return { style: `${isRoom ? 'top' : 'bottom'}: ${height}px; left: 0; width: ${list.right - list.left}px` }
}
const GAP = 4

function optionsAt(
  text: string,
  at: CompletionContext['pos'],
  isAskedFor: boolean,
  offers: Offers
): CompletionResult | null {
  const found = completionsAt(text, at, offers)
  if (found === undefined) return null
  const { from, to, all } = found
  const word = text.slice(from, at)
  const isComplete = all.some(({ text: whole }) => whole === word) && beginningWith(all, word).length === 1
  if (!isAskedFor && (isComplete || (word === '' && !isInvited(text, from)))) return null
  return { from, to, options: all.map(optionOf), validFor: /^[\w.@-]*$/ }
}

const beginningWith = (all: readonly Completion[], word: string) => all.filter(({ label }) => label.startsWith(word))
/** Behind a colon, a dash, a brace or a comma something is to follow. */
const isInvited = (text: string, at: number) => /[:\-{[,] +$/.test(text.slice(0, at))

function optionOf({ label, is, says, isNeeded, text, goesOn }: Completion, index: number): YamlOption {
  return {
    label,
    type: is,
    boost: (isNeeded ? NEEDED : 0) + Math.max(-MOST_BOOST, -index) / MOST_BOOST,
    goesOn,
    ...(isNeeded ? { detail: 'needed' } : {}),
    ...(says === '' ? {} : { info: says }),
    apply: (view, option, from, to) => put(view, option, { text, from, to })
  }
}

/** Puts a text in and the cursor where its value goes. */
function put(
  view: EditorView,
  option: Option,
  at: { readonly text: string; readonly from: number; readonly to: number }
) {
  const { text, from, to } = at
  const insert = text.replace(CURSOR, '')
  const cursor = text.indexOf(CURSOR)
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + (cursor < 0 ? insert.length : cursor) },
    annotations: pickedCompletion.of(option),
    userEvent: 'input.complete',
    scrollIntoView: true
  })
}
