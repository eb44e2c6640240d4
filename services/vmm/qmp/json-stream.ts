import { parseTokens, QmpSyntaxError } from './json-parse.ts'
import { BETWEEN_TOKENS, lex, type Lexed, type Lexer, type Token } from './json-tokens.ts'
import type { QmpValue } from './json-value.ts'

/** What a client said: a whole JSON value, what is none, or that it speaks HTTP. */
export type Said =
  | { readonly kind: 'value'; readonly value: QmpValue }
  | { readonly kind: 'error'; readonly desc: string }
  | { readonly kind: 'http'; readonly verb: string }

/** What has come of a value that is not whole yet. */
export interface JsonStream {
  readonly lexer: Lexer
  readonly tokens: readonly Token[]
  /** Characters of those tokens. */
  readonly size: number
  readonly braces: number
  readonly brackets: number
}
const NOTHING_YET = { tokens: [] as readonly Token[], size: 0, braces: 0, brackets: 0 }
export const EMPTY_STREAM: JsonStream = { lexer: BETWEEN_TOKENS, ...NOTHING_YET }

/** Characters that one value may have, many times what the longest of our commands has; QEMU allows 64 MiB. */
export const LONGEST_VALUE = 256 * 1024
const DEEPEST = 1024

const DEPTHS: Readonly<Record<string, readonly [brace: number, bracket: number]>> = {
  '{': [1, 0],
  '}': [-1, 0],
  '[': [0, 1],
  ']': [0, -1]
}

/**
 * Takes text as it comes and gives the values in it. They need no line of their own, and a new line ends none.
 *
 * Spec: QEMU 10.2 qobject/json-streamer.c, json_message_process_token.
 * Fidelity: exact but for the limit of size.
 */
export function takeText(stream: JsonStream, text: string): readonly [JsonStream, readonly Said[]] {
  const [lexer, lexed] = lex(stream.lexer, text, LONGEST_VALUE)
  const said: Said[] = []
  // Pieces are put to one array, which nobody else has.
  let tokens: Token[] | undefined
  let { size, braces, brackets } = stream
  const own = () => (tokens ??= [...stream.tokens])
  const over = (one: Said) => {
    said.push(one)
    tokens = []
    ;({ size, braces, brackets } = NOTHING_YET)
  }
  const refuse = (desc: string) => over({ kind: 'error', desc })
  const take = (one: Lexed) => {
    if (one.kind === 'long') return refuse('JSON token size limit exceeded')
    if (one.kind === 'stray') return refuse(`JSON parse error, stray '${one.text}'`)
    if (one.kind === 'http') return over({ kind: 'http', verb: one.text })
    const [brace, bracket] = (one.kind === 'structure' ? DEPTHS[one.text] : undefined) ?? [0, 0]
    braces += brace
    brackets += bracket
    size += one.text.length
    if (size > LONGEST_VALUE) return refuse('JSON token size limit exceeded')
    if (braces + brackets > DEEPEST) return refuse('JSON nesting depth limit exceeded')
    own().push(one)
    if ((braces > 0 || brackets > 0) && braces >= 0 && brackets >= 0) return
    over(wholeOf(own()))
  }
  for (const one of lexed) take(one)
  return [{ lexer, tokens: tokens ?? stream.tokens, size, braces, brackets }, said]
}

function wholeOf(tokens: readonly Token[]): Said {
  try {
    return { kind: 'value', value: parseTokens(tokens) }
  } catch (error) {
    if (!(error instanceof QmpSyntaxError)) throw error
    return { kind: 'error', desc: error.message }
  }
}
