import { Document, isMap, isNode, isPair, isSeq, type YAMLSeq } from 'yaml'
import { readable, withEntry } from './one-entry.ts'

/** A scenario with one more step at its end; all else stays as it is written. Undefined where it is no YAML that has steps. */
export function withStep(text: string, step: unknown): string | undefined {
  const yaml = readable(text)
  const steps: unknown = yaml?.get('steps')
  if (yaml === undefined || !isSeq(steps)) return undefined
  const last = steps.items.at(-1)
  if (steps.flow !== true && isNode(last) && last.range) return withLine(text, steps, last.range, oneLine(step))
  steps.add(yaml.createNode(step))
  return withEntry(text, yaml, 'steps', 'expect')
}

/** A text with a line below the last item of a list, which ends there; a comment behind that stays with it. */
function withLine(text: string, { items }: YAMLSeq, [, end]: readonly number[], line: string): string {
  const [first] = items
  const content = (isNode(first) ? first.range?.[0] : undefined) ?? 0
  const dash = text.lastIndexOf('-', content)
  const indent = ' '.repeat(dash - text.lastIndexOf('\n', dash) - 1)
  const last = text.slice(0, end).trimEnd().length
  const lineEnd = text.indexOf('\n', last)
  const at = lineEnd < 0 ? text.length : lineEnd
  return `${text.slice(0, at)}\n${indent}- ${line}${lineEnd < 0 ? '\n' : ''}${text.slice(at)}`
}

/** A step as the shipped files have it. */
function oneLine(step: unknown): string {
  const made = new Document(step)
  const [pair] = isMap(made.contents) ? made.contents.items : []
  if (isPair(pair) && isMap(pair.value)) pair.value.flow = true
  return made.toString({ lineWidth: 0 }).trimEnd()
}
