/** A token of QEMU's JSON, as it was written. */
export interface Token {
  readonly kind: 'structure' | 'string' | 'number' | 'word'
  readonly text: string
}

/** What the text of a client comes to: a token, a character that begins none, a token that is too long, or an HTTP request. */
export type Lexed =
  | Token
  | { readonly kind: 'stray'; readonly text: string }
  | { readonly kind: 'http'; readonly text: string }
  | { readonly kind: 'long' }

/** Where in a token a text ended. Each character is looked at once, however small the pieces are in which it comes. */
export interface Lexer {
  readonly mode: 'between' | 'double' | 'single' | 'number' | 'word' | 'verb' | 'skipping'
  /** The token so far. */
  readonly token: string
  /** In a string: the last character was a backslash. */
  readonly escaped: boolean
}
export const BETWEEN_TOKENS: Lexer = { mode: 'between', token: '', escaped: false }
const SKIPPING: Lexer = { ...BETWEEN_TOKENS, mode: 'skipping' }

const STRUCTURE = new Set('{}[],:')
const SPACE = new Set(' \t\r\n')
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** With which a line of an HTTP request begins: a page in a browser may have sent it, and QMP could be its body. */
const VERBS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'])
const LONGEST_VERB = 7

const isControl = (character: string) => character < ' '
/** A byte that is in no UTF-8, such as 0xff: clients send it to begin anew. */
const NO_TEXT = '\ufffd'
const isBetween = (character: string) =>
  STRUCTURE.has(character) || (isControl(character) && character !== '\t') || character === NO_TEXT

const BELONGS: Readonly<Record<'number' | 'word' | 'verb', (character: string) => boolean>> = {
  number: (character) => (character >= '0' && character <= '9') || '+-.eE'.includes(character),
  word: (character) => character >= 'a' && character <= 'z',
  verb: (character) => character >= 'A' && character <= 'Z'
}

/**
 * Takes more text and gives what it comes to. Behind a character that begins no token all is skipped up to one that can
 * only stand between tokens, or that no JSON has.
 *
 * Spec: QEMU 10.2 qobject/json-lexer.c, json_lexer, json_lexer_feed_char; docs/interop/qmp-spec.rst.
 * Fidelity: approximates. A number is looked at as a whole, and no interpolation is known. Verbs of HTTP are ours.
 */
export function lex(lexer: Lexer, text: string, longest: number): readonly [Lexer, readonly Lexed[]] {
  const found: Lexed[] = []
  let { mode, token, escaped } = lexer
  const begin = (next: Lexer) => void ({ mode, token, escaped } = next)
  const stray = (wrong: string) => {
    found.push({ kind: 'stray', text: wrong })
    begin(SKIPPING)
  }
  /** The token is over by a character that is none of it, which is still to be looked at. */
  const finish = (isFollowedBySpace: boolean) => {
    if (mode === 'verb') {
      if (!VERBS.has(token) || !isFollowedBySpace) return stray(token.slice(0, 1))
      found.push({ kind: 'http', text: token })
    } else if (mode === 'number' && !NUMBER.test(token)) return stray(token)
    else found.push({ kind: mode === 'number' ? 'number' : 'word', text: token })
    begin(BETWEEN_TOKENS)
  }
  const within = (character: string, quote: string) => {
    if (isControl(character) || (character === NO_TEXT && !escaped)) return stray(token + character)
    token += character
    if (!escaped && character === quote) {
      found.push({ kind: 'string', text: token })
      begin(BETWEEN_TOKENS)
    } else escaped = character === '\\' && !escaped
  }
  const between = (character: string) => {
    if (SPACE.has(character)) return
    if (STRUCTURE.has(character)) found.push({ kind: 'structure', text: character })
    else if (character === '"') begin({ mode: 'double', token: character, escaped: false })
    else if (character === "'") begin({ mode: 'single', token: character, escaped: false })
    else if (character === '-' || (character >= '0' && character <= '9'))
      begin({ ...BETWEEN_TOKENS, mode: 'number', token: character })
    else if (BELONGS.word(character)) begin({ ...BETWEEN_TOKENS, mode: 'word', token: character })
    else if (BELONGS.verb(character)) begin({ ...BETWEEN_TOKENS, mode: 'verb', token: character })
    else stray(character)
  }
  for (const character of text) {
    if (mode === 'double') within(character, '"')
    else if (mode === 'single') within(character, "'")
    else {
      if (mode === 'number' || mode === 'word' || mode === 'verb') {
        if (BELONGS[mode](character) && !(mode === 'verb' && token.length > LONGEST_VERB)) token += character
        else finish(character === ' ')
      }
      if (mode === 'skipping' && isBetween(character)) begin(BETWEEN_TOKENS)
      if (mode === 'between' && token === '') between(character)
    }
    if (token.length <= longest) continue
    found.push({ kind: 'long' })
    begin(SKIPPING)
  }
  return [{ mode, token, escaped }, found]
}
