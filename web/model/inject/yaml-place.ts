import { isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair } from 'yaml'

/** Where in a scenario something is being written. */
export interface YamlPlace {
  /** From the whole text to the map, list or value that it is in. */
  readonly path: readonly (string | number)[]
  /** Whether it is a key of a map, or a value: of a key, or in a list. A value on a line of its own may become a key. */
  readonly is: 'key' | 'value'
  /** Between braces or brackets. */
  readonly isFlow: boolean
  /** Other keys of the same map. */
  readonly siblings: readonly string[]
  /** Nothing but white space stands before it in its line, or before the dash that it follows. */
  readonly isAlone: boolean
  /** A dash is wanted before it. */
  readonly needsDash: boolean
  /** A colon follows. */
  readonly hasColon: boolean
  /** All that can be read of the text, as data. */
  readonly file: unknown
}

/** The characters of a word that is being written, as names and addresses have them. */
export interface Word {
  readonly from: number
  readonly to: number
}

/** No scenario has it. */
const MARK = 'seabus-is-written-here'

/** The word at a place of a text; empty where none is. */
export function wordAt(text: string, at: number): Word {
  const [before = ''] = /[\w@][\w.@-]*$/.exec(text.slice(0, at)) ?? []
  const [after = ''] = /^[\w.@-]*/.exec(text.slice(at)) ?? []
  return { from: at - before.length, to: at + after.length }
}

/**
 * What a word can be, the likeliest first. A text that is being written is rarely whole: it is read with a mark in place of
 * the word, as it stands, then as if a colon or a dash were there already, then only up to the mark.
 */
export function placesAt(text: string, { from, to }: Word): readonly YamlPlace[] {
  const [before, after] = [text.slice(0, from), text.slice(to)]
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const hasColon = /^\s*:/.test(after)
  const isBlank = line.trim() === ''
  const read = (whole: string, mayBeBroken: boolean, needsDash = false) => {
    const place = placeIn(whole, mayBeBroken)
    return place === undefined ? [] : [{ ...place, isAlone: /^\s*(?:- +)*$/.test(line), needsDash, hasColon }]
  }
  return [
    ...read(before + MARK + after, false),
    ...(hasColon ? [] : read(`${before}${MARK}: ${after}`, false)),
    ...(isBlank ? read(`${before}- ${MARK}${after}`, false, true) : []),
    ...read(before + MARK, true),
    ...(isBlank ? read(`${before}- ${MARK}`, true, true) : [])
  ]
}

type Found = Pick<YamlPlace, 'path' | 'is' | 'isFlow' | 'siblings' | 'file'>

/** Where the mark is, if it is a word of its own. What is broken is believed only where the mark stands as its neighbours do. */
function placeIn(text: string, mayBeBroken: boolean): Found | undefined {
  const yaml = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  if (yaml.errors.length > 0 && !mayBeBroken) return undefined
  let found: Found | undefined
  visit(yaml, {
    Scalar(key, node, ancestors) {
      if (node.value !== MARK || node.type !== 'PLAIN') return undefined
      found = foundAt(yaml, { text, is: key === 'key' ? 'key' : 'value', node, ancestors })
      return visit.BREAK
    }
  })
  return found
}

interface MarkedNode {
  readonly text: string
  readonly is: 'key' | 'value'
  readonly node: Node
  readonly ancestors: readonly (Document | Node | Pair)[]
}

function foundAt(yaml: Document, { text, is, node, ancestors }: MarkedNode): Found | undefined {
  const whole = pathOf([...ancestors, node])
  const path = is === 'key' ? whole.slice(0, -1) : whole
  const map = is === 'key' ? ancestors.at(-2) : undefined
  const isFlow = ancestors.some((one) => (isMap(one) || isSeq(one)) && one.flow === true)
  const keys = isMap(map) ? map.items.map(({ key }) => key).filter(isScalar) : []
  const [first] = keys
  // A key that stands elsewhere than its neighbours is of another map, whatever the reader takes it for.
  const isAstray = !isFlow && first !== undefined && columnOf(text, first) !== columnOf(text, node)
  if (isAstray) return undefined
  const siblings = keys.filter((one) => one !== node).map(({ value }) => String(value))
  return { path, is, isFlow, siblings, file: dataOf(yaml) }
}

function pathOf(nodes: readonly (Document | Node | Pair)[]): readonly (string | number)[] {
  return nodes.flatMap((one, index): readonly (string | number)[] => {
    if (isPair(one)) return [isScalar(one.key) ? String(one.key.value) : '']
    if (isSeq(one)) return [one.items.indexOf(nodes[index + 1])]
    return []
  })
}

const columnOf = (text: string, { range }: Node) => (range?.[0] ?? 0) - text.lastIndexOf('\n', (range?.[0] ?? 0) - 1)

/** An alias that leads nowhere leaves nothing to be read. */
function dataOf(yaml: Document): unknown {
  try {
    return yaml.toJS()
  } catch {
    return undefined
  }
}
