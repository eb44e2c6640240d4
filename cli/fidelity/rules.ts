/** How far a rule follows what it models. */
export type Degree = 'exact' | 'approximates' | 'omits'

/** A rule as its own doc comment has it. */
export interface Rule {
  /** What is declared under the comment; undefined when nothing is. */
  readonly name: string | undefined
  /** What it does: the first sentence of the comment; undefined where the comment begins with `Spec:`. */
  readonly title: string | undefined
  /** All that the comment says before these two. */
  readonly text: string | undefined
  readonly spec: string
  readonly fidelity: string
  /** First word of `fidelity`. */
  readonly degree: Degree
}

const DOC_COMMENT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([^\n]*)/g
const DECLARATION = /^(?:export )?(?:default )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/
const DEGREE = /^(?:exact|approximates|omits)\b/

/**
 * The rules of a source file: doc comments whose lines begin with `Spec:` and `Fidelity:`. Throws when one has only half
 * of that, or a fidelity that is none of exact, approximates and omits.
 */
export function rulesOf(source: string): readonly Rule[] {
  return [...source.matchAll(DOC_COMMENT)].flatMap(([, comment = '', next = '']) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    const spec = paragraph(lines, 'Spec')
    const fidelity = paragraph(lines, 'Fidelity')
    if (spec === undefined && fidelity === undefined) return []
    const [, name] = DECLARATION.exec(next) ?? []
    if (spec === undefined || fidelity === undefined)
      throw new Error(`${name ?? next}: Spec without Fidelity, or without Spec`)
    const degree = DEGREE.exec(fidelity)?.[0]
    if (!isDegree(degree)) throw new Error(`${name ?? next}: no fidelity: ${fidelity}`)
    return [{ name, title: titleOf(lines), text: textOf(lines), spec, fidelity, degree }]
  })
}

const isDegree = (word: string | undefined): word is Degree =>
  word === 'exact' || word === 'approximates' || word === 'omits'

/** The line that begins with a word and those it goes on in, up to an empty line or the other word. */
function paragraph(lines: readonly string[], word: string): string | undefined {
  const start = lines.findIndex((line) => line.startsWith(`${word}: `))
  if (start < 0) return undefined
  const after = lines.slice(start + 1)
  const end = after.findIndex((line) => line === '' || /^(Spec|Fidelity): /.test(line))
  const rest = end < 0 ? after : after.slice(0, end)
  return [lines[start]?.slice(word.length + 2), ...rest].join(' ').trim()
}

/** What stands before the two words, on one line a paragraph. */
function textOf(lines: readonly string[]): string | undefined {
  const end = lines.findIndex((line) => /^(Spec|Fidelity): /.test(line))
  const paragraphs = lines.slice(0, end).join('\n').trim().split(/\n\n+/)
  const text = paragraphs.map((one) => one.replaceAll('\n', ' ').trim()).join('\n')
  return text === '' ? undefined : text
}

/** The first sentence of a comment, without its mark at the end. */
function titleOf(lines: readonly string[]): string | undefined {
  const start = lines.findIndex((line) => line !== '')
  const end = lines.findIndex((line, i) => i > start && line === '')
  const text = lines
    .slice(start, end < 0 ? undefined : end)
    .join(' ')
    .trim()
  if (/^(Spec|Fidelity): /.test(text)) return undefined
  return /^.*?[.:;](?= |$)/.exec(text)?.[0].slice(0, -1) ?? text
}
