import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { plainLine } from '../contracts/plain-text.ts'
import { faultsOf, type Fault, type Schema } from './check-schema.ts'
import { meaningFaults } from './check-meaning.ts'
import { Scenario, type ScenarioFile } from './schema.ts'

/** A mistake in a scenario file, as `file:line:column: message`. */
export interface FileError {
  readonly file: string
  /** From 1, as editors count. */
  readonly line: number
  readonly column: number
  readonly message: string
}

export type ReadResult =
  { readonly scenario: ScenarioFile; readonly errors?: never } | { readonly errors: readonly FileError[] }

const SCHEMA: Schema = JSON.parse(JSON.stringify(Scenario)) as Schema

/**
 * Reads a scenario: its YAML, its schema, and what a schema cannot say. All mistakes are listed, in their order. JSON is
 * YAML; `within` says where in the text the scenario is, when it is only a part of it.
 */
export function readScenario(text: string, file: string, within: readonly string[] = []): ReadResult {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number, message: string): FileError => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col, message }
  }
  if (document.errors.length > 0) {
    return { errors: document.errors.map(({ pos, message }) => at(pos[0], message)) }
  }
  const whole = valueOf(document)
  if ('cannot' in whole) return { errors: [at(0, whole.cannot)] }
  const value = within.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], whole.value)
  const wrong = faultsOf(SCHEMA, value)
  const faults = wrong.length > 0 ? wrong : meaningFaults(value as ScenarioFile)
  if (faults.length === 0) return { scenario: value as ScenarioFile }
  const errors = faults.map((fault) =>
    at(offsetOf(document, { ...fault, path: [...within, ...fault.path] }), message(fault))
  )
  return { errors: errors.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

/** What a document says, once its aliases are followed: they may lead nowhere, in a circle, or to very much. */
function valueOf(document: Document): { readonly value: unknown } | { readonly cannot: string } {
  try {
    const value: unknown = document.toJS()
    JSON.stringify(value)
    return { value }
  } catch (problem) {
    const isCircle = problem instanceof TypeError
    return { cannot: isCircle ? 'an alias stands within its own anchor' : (problem as Error).message }
  }
}

function message({ path, at, message: says }: Fault): string {
  const where = at === 'key' ? path.slice(0, -1) : path
  const name = where.reduce<string>((all, key) => (typeof key === 'number' ? `${all}[${key}]` : `${all}.${key}`), '')
  return name === '' ? says : `${name.slice(1)}: ${says}`
}

/** Where in the text the faulty key or value starts; the nearest enclosing one that the text has. */
function offsetOf(document: Document, { path, at }: Fault): number {
  if (at === 'key') {
    const map = document.getIn(path.slice(0, -1), true) ?? document.contents
    if (isMap(map)) {
      const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      if (isPair(pair) && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
  }
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return document.contents?.range?.[0] ?? 0
}

export function errorLine({ file, line, column, message: says }: FileError): string {
  return plainLine(`${file}:${line}:${column}: ${says}`)
}
