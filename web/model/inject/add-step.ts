import { isMap, isPair, isSeq, parseDocument } from 'yaml'

/** A scenario with one more step at its end; its comments stay. Undefined where the text is no YAML that has steps. */
export function withStep(text: string, step: unknown): string | undefined {
  const yaml = parseDocument(text)
  const steps = yaml.get('steps')
  if (yaml.errors.length > 0 || !isSeq(steps)) return undefined
  const node = yaml.createNode(step)
  const [pair] = isMap(node) ? node.items : []
  // One line a step, as the shipped files have it.
  if (isPair(pair) && isMap(pair.value)) pair.value.flow = true
  steps.add(node)
  return yaml.toString({ lineWidth: 0 })
}
