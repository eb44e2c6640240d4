import type { QmpValue } from './json-value.ts'
import type { Token } from './json-tokens.ts'

/** What is wrong with the JSON of a client, as QEMU words it. */
export class QmpSyntaxError extends Error {}

const wrong = (says: string): never => {
  throw new QmpSyntaxError(`JSON parse error, ${says}`)
}

const WORDS: ReadonlyMap<string, QmpValue> = new Map<string, QmpValue>([
  ['true', true],
  ['false', false],
  ['null', null]
])
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t'
}

/** A character by its code, a whole pair of surrogates, or whatever else stands behind a backslash. */
const ESCAPE = /\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|(u.{0,4}|[^]))/gi

function stringOf({ text }: Token): string {
  return text
    .slice(1, -1)
    .replaceAll(ESCAPE, (whole: string, high?: string, low?: string, code?: string, other?: string) => {
      if (high !== undefined && low !== undefined) return String.fromCharCode(hexOf(high), hexOf(low))
      if (code !== undefined && !SURROGATE.test(code)) return String.fromCharCode(hexOf(code))
      if (code !== undefined || other?.startsWith('u') === true)
        return wrong(`${whole} is not a valid Unicode character`)
      return ESCAPES[other ?? ''] ?? wrong('invalid escape sequence in string')
    })
}
const SURROGATE = /^d[89a-f]/i
const hexOf = (digits: string) => Number.parseInt(digits, 16)

function wordOf({ text }: Token): QmpValue {
  const value = WORDS.get(text)
  return value === undefined ? wrong(`invalid keyword '${text}'`) : value
}

function numberOf({ text }: Token): number | bigint {
  const number = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number
}

/**
 * The value that whole tokens stand for. Throws QmpSyntaxError.
 *
 * Spec: QEMU 10.2 qobject/json-parser.c, parse_value, parse_object, parse_array.
 * Fidelity: approximates. Integers beyond 64 bits stay integers.
 */
export function parseTokens(tokens: readonly Token[]): QmpValue {
  let at = 0
  const is = (text: string) => tokens[at]?.kind === 'structure' && tokens[at]?.text === text
  const value = (): QmpValue => {
    const token = tokens[at++] ?? wrong('premature EOI')
    if (token.kind === 'string') return stringOf(token)
    if (token.kind === 'number') return numberOf(token)
    if (token.kind === 'word') return wordOf(token)
    if (token.text === '{') return object()
    return token.text === '[' ? array() : wrong('expecting value')
  }
  /** What stands up to a closing bracket, with commas between; `one` takes each. */
  const upTo = (end: string, what: string, one: () => void): void => {
    if (!is(end)) {
      one()
      while (is(',')) {
        at++
        one()
      }
      if (!is(end)) wrong(`expected separator in ${what}`)
    }
    at++
  }
  const pair = (): readonly [string, QmpValue] => {
    const name = value()
    if (typeof name !== 'string') return wrong('key is not a string in object')
    if (!is(':')) wrong('missing : in object pair')
    at++
    return [name, value()]
  }
  const object = (): QmpValue => {
    const members = new Map<string, QmpValue>()
    upTo('}', 'dict', () => {
      const [name, member] = pair()
      if (members.has(name)) wrong('duplicate key')
      members.set(name, member)
    })
    return Object.fromEntries(members)
  }
  const array = (): QmpValue => {
    const items: QmpValue[] = []
    upTo(']', 'list', () => void items.push(value()))
    return items
  }
  return value()
}
