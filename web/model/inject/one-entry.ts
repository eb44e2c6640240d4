import { Document, isMap, isNode, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml'

/** A scenario that can be read, with its comments. */
export type Yaml = Document<YAMLMap, false>
type Entry = Pair<unknown, unknown>

/** Reads a text to change an entry of it; undefined where it is no YAML, or no map. */
export function readable(text: string): Yaml | undefined {
  const yaml = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  return yaml.errors.length === 0 && isMap(yaml.contents) ? (yaml as unknown as Yaml) : undefined
}

/**
 * A text with one entry of its outermost map as `changed` now has it: written anew, put before `before` where it was not
 * there, or left out. All else stays as it was written.
 */
export function withEntry(text: string, changed: Yaml, name: string, before: string): string {
  const entry = entryOf(changed, name)
  const was = readable(text)
  const old = was && entryOf(was, name)
  if (was === undefined || (entry === undefined && old === undefined)) return text
  if (entry === undefined && old !== undefined) {
    const [from, to] = rangeOf(text, old)
    return text.slice(0, from) + text.slice(to).replace(/^[ \t]*(?:#.*)?\n/, '')
  }
  const written = textOf(entry as Entry)
  if (old !== undefined) {
    const [from, to] = rangeOf(text, old)
    return text.slice(0, from) + written + text.slice(to)
  }
  const next = entryOf(was, before)
  if (next === undefined) return `${text.trimEnd()}\n${written}\n`
  const at = aboveComments(text, startOf(next))
  return `${text.slice(0, at)}${written}\n${text.slice(at)}`
}

/** A key that was added is nothing but its name. */
const nameOf = ({ key }: Entry) => (isScalar(key) ? key.value : key)
const entryOf = ({ contents }: Yaml, name: string): Entry | undefined =>
  contents.items.find((entry) => nameOf(entry) === name)
const startOf = ({ key }: Entry) => (isNode(key) ? key.range?.[0] : undefined) ?? 0

/** From the key to the end of what it has, without the space behind it. */
function rangeOf(text: string, entry: Entry): readonly [number, number] {
  const from = startOf(entry)
  const [last] = [entry.value, entry.key].filter((node) => isNode(node))
  const end = last?.range?.[1] ?? from
  return [from, from + text.slice(from, end).trimEnd().length]
}

/** An entry as it is written by itself; what stands above it is not part of it. */
function textOf(entry: Entry): string {
  const alone = new Document({})
  alone.set(nameOf(entry), entry.value)
  return alone.toString({ lineWidth: 0 }).trimEnd()
}

/** The beginning of the comment lines above a place, which go with what stands there. */
function aboveComments(text: string, at: number): number {
  const lines = text.slice(0, at).split('\n')
  let start = at
  for (let line = lines.length - 2; line >= 0 && lines[line]?.startsWith('#') === true; line--)
    start -= (lines[line] ?? '').length + 1
  return start
}
