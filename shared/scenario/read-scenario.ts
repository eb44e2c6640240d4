import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { plainLine } from '../contracts/plain-text.ts'
import { faultsOf, type Schema } from './check-schema.ts'
import { faultText, type Fault, type FaultRule } from './fault.ts'
import { meaningFaults, type OfferedNames } from './check-meaning.ts'
import { Scenario, type ScenarioFile } from './schema.ts'
import { soundPart } from './sound-part.ts'

/** A mistake in a scenario file, for whoever marks it in the text. */
export interface FileError {
  readonly file: string
  /** From 1, as editors count. */
  readonly line: number
  readonly column: number
  /** Characters from there on that are wrong, within the line. */
  readonly length: number
  /** JSON pointer of the key or the value, within the scenario; empty where it is the text that is no YAML. */
  readonly path: string
  readonly rule: FaultRule
  /** What is wrong, in words, with what was probably meant. */
  readonly message: string
  /** What could stand there instead. */
  readonly suggestion?: string
}

export type ReadResult =
  { readonly scenario: ScenarioFile; readonly errors?: never } | { readonly errors: readonly FileError[] }

const SCHEMA: Schema = JSON.parse(JSON.stringify(Scenario)) as Schema

export interface ReadOptions {
  /** Where in the text the scenario is, when it is only a part of it. */
  readonly within?: readonly string[] | undefined
  /** What the services that it is for can be; by default what ours can. */
  readonly offered?: OfferedNames | undefined
}

/**
 * Reads a scenario: its YAML, its schema, and what a schema cannot say. All mistakes that do not hang on each other are
 * listed, in their order. JSON is YAML.
 */
export function readScenario(text: string, file: string, { within = [], offered }: ReadOptions = {}): ReadResult {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = ([start, end]: Range): Pick<FileError, 'file' | 'line' | 'column' | 'length'> => {
    const { line, col } = lines.linePos(start)
    const [first = ''] = text.slice(start, end).split('\n', 1)
    return { file, line, column: col, length: Math.max(1, first.trimEnd().length) }
  }
  const unread = (range: Range, says: string): FileError => ({ ...at(range), path: '', rule: 'yaml', message: says })
  if (document.errors.length > 0) {
    return { errors: document.errors.map(({ pos, message: says }) => unread(pos, says)) }
  }
  const whole = valueOf(document)
  if ('cannot' in whole) return { errors: [unread([0, 0], whole.cannot)] }
  const value = within.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], whole.value)
  const faults = allFaults(value, offered)
  if (faults.length === 0) return { scenario: value as ScenarioFile }
  const errors = faults.map((fault): FileError => {
    const { path, rule, suggestion } = fault
    const place = at(rangeOf(document, { ...fault, path: [...within, ...path] }))
    const said = { ...place, path: pointer(path), rule, message: message(fault) }
    return suggestion === undefined ? said : { ...said, suggestion }
  })
  return { errors: errors.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

/** What the schema says is wrong, and what is wrong with the rest whatever was meant by that. */
function allFaults(value: unknown, offered?: OfferedNames): readonly Fault[] {
  const wrong = faultsOf(SCHEMA, value)
  if (wrong.length === 0) return meaningFaults(value as ScenarioFile, offered)
  const rest = soundPart(value, wrong)
  if (rest === undefined || faultsOf(SCHEMA, rest.file).length > 0) return wrong
  return [...wrong, ...meaningFaults(rest.file, offered).filter((fault) => rest.isSure(fault))]
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

function message(fault: Fault): string {
  const { path, at } = fault
  const says = faultText(fault)
  const where = at === 'key' ? path.slice(0, -1) : path
  const name = where.reduce<string>((all, key) => (typeof key === 'number' ? `${all}[${key}]` : `${all}.${key}`), '')
  return name === '' ? says : `${name.slice(1)}: ${says}`
}

const pointer = (path: Fault['path']): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

type Range = readonly [start: number, end: number]

/** Where in the text the faulty key or value stands; the nearest enclosing one that the text has. */
function rangeOf(document: Document, { path, at }: Fault): Range {
  if (at === 'key') {
    const map = document.getIn(path.slice(0, -1), true) ?? document.contents
    if (isMap(map)) {
      const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      if (isPair(pair) && isNode(pair.key)) return rangeOfNode(pair.key)
    }
  }
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return rangeOfNode(node)
  }
  return document.contents === null ? [0, 0] : rangeOfNode(document.contents)
}

function rangeOfNode({ range }: { readonly range?: readonly [number, number, number] | null | undefined }): Range {
  return range ? [range[0], range[1]] : [0, 0]
}

type Said = Pick<FileError, 'file' | 'line' | 'column' | 'message'>

/** The mistake as the command line tells it. */
export function errorLine({ file, line, column, message: says }: Said): string {
  return plainLine(`${file}:${line}:${column}: ${says}`)
}
