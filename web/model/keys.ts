/** What can be done by a key. */
export type Action =
  | 'next'
  | 'previous'
  | 'next-hop'
  | 'previous-hop'
  | 'into-fields'
  | 'filter'
  | 'detail'
  | 'play'
  | 'curl'
  | 'difference'
  | 'runs'
  | 'run'
  | 'compare'
  | 'matrix'
  | 'theme'
  | 'help'
  | 'back'

export interface KeyRow {
  readonly keys: readonly string[]
  readonly does: string
}

const ACTIONS: Readonly<Record<string, Action>> = {
  j: 'next',
  k: 'previous',
  n: 'next-hop',
  p: 'previous-hop',
  Enter: 'into-fields',
  '/': 'filter',
  f: 'detail',
  ' ': 'play',
  c: 'curl',
  d: 'difference',
  1: 'runs',
  2: 'run',
  3: 'compare',
  4: 'matrix',
  t: 'theme',
  '?': 'help',
  Escape: 'back'
}

export interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/** What a key does where nothing is being written; with Ctrl, Alt or Meta it is the browser's. */
export function actionOf({ key, ctrlKey, metaKey, altKey }: Pressed): Action | undefined {
  return ctrlKey || metaKey || altKey ? undefined : ACTIONS[key]
}

/** The keys as they are explained. */
export const KEY_ROWS: readonly KeyRow[] = [
  { keys: ['j', 'k'], does: 'next, previous message; in Runs, run' },
  { keys: ['n', 'p'], does: 'next, previous exception, notification, signal or decision' },
  { keys: ['Enter'], does: 'into the fields; arrows walk them, Esc leads back' },
  { keys: ['/'], does: 'filter; Esc clears' },
  { keys: ['f'], does: 'story or everything' },
  { keys: ['space'], does: 'play, pause' },
  { keys: ['c'], does: 'copy as curl' },
  { keys: ['d'], does: 'first difference (Compare)' },
  { keys: ['1', '2', '3', '4'], does: 'Runs, Run, Compare, Matrix' },
  { keys: ['t'], does: 'light, dark' },
  { keys: ['Ctrl space'], does: 'in the editor: what can stand here' },
  { keys: ['F8'], does: 'in the editor: the next mistake' },
  { keys: ['Ctrl Enter'], does: 'in the editor: run' },
  { keys: ['Esc', 'Tab'], does: 'in the editor, one after the other: out of it' }
]
