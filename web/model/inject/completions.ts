import type { Schema } from '../../../shared/scenario/check-schema.ts'
import { keysAt, namesAt } from './names-at.ts'
import type { Offers } from './offers.ts'
import { schemasAt } from './schema-at.ts'
import { placesAt, wordAt, type YamlPlace } from './yaml-place.ts'

/** Something that can stand where somebody writes. */
export interface Completion {
  readonly label: string
  readonly is: 'key' | 'value'
  /** What the schema or who offers it says of it; empty where nothing is said. */
  readonly says: string
  readonly isNeeded: boolean
  /** What is put in place of the word; the cursor goes to `CURSOR`, or to its end. */
  readonly text: string
  /** Its value, or its fields, are asked for next. */
  readonly goesOn: boolean
}

export interface Completions {
  /** The word that they are for. */
  readonly from: number
  readonly to: number
  readonly all: readonly Completion[]
}

/** Where the cursor goes in a text that is put in. */
export const CURSOR = '\u{E000}'

/** All that can stand at a place of a scenario, whatever has been written of it; undefined where that is for the writer to say. */
export function completionsAt(text: string, at: number, offers: Offers): Completions | undefined {
  const word = wordAt(text, at)
  const lineStart = text.lastIndexOf('\n', word.from - 1) + 1
  const indent = ' '.repeat(word.from - lineStart)
  for (const place of placesAt(text, word)) {
    const keys = keysOf(place, offers, indent)
    const values = valuesOf(place, offers)
    // Behind its key one rather writes a value than a map.
    const all = place.isAlone ? [...keys, ...values] : [...values, ...keys]
    if (all.length > 0) return { ...word, all: place.needsDash ? all.map(behindDash) : all }
  }
  return undefined
}

const behindDash = (one: Completion): Completion => ({ ...one, text: `- ${one.text.replaceAll('\n', '\n  ')}` })

/** Fields of a map: where a key is written, or a value that may become one. */
function keysOf(place: YamlPlace, offers: Offers, indent: string): readonly Completion[] {
  const { path, is, siblings, file, isAlone, needsDash } = place
  // Beside its key, a map can only begin with a brace.
  const inBraces = is === 'value' && !isAlone && !needsDash
  const maps = schemasAt(path, file).filter(({ type }) => type === 'object')
  const isFull = maps.some(({ maxProperties }) => maxProperties !== undefined && siblings.length >= maxProperties)
  if (maps.length === 0 || isFull) return []
  const fields = maps.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, schema]) => ({ name, schema, isNeeded: required.includes(name) }))
  )
  const named = keysAt(path, file, offers).map(({ name, says }) => ({
    name,
    schema: { description: says },
    isNeeded: false
  }))
  return [...fields, ...named]
    .filter(({ name }) => !siblings.includes(name))
    .map(({ name, schema, isNeeded }) => {
      const text = place.hasColon ? name : fieldText(name, schema, { place, inBraces, indent })
      return { label: name, is: 'key', says: wordsOf(schema), isNeeded, text, goesOn: !place.hasColon }
    })
}

interface Layout {
  readonly place: YamlPlace
  readonly inBraces: boolean
  readonly indent: string
}

/** A field as it is begun: a step on one line, as the shipped files have them, other maps and lists below their key. */
function fieldText(name: string, schema: Schema, { place, inBraces, indent }: Layout): string {
  const is = schema.anyOf === undefined ? schema.type : undefined
  const isOnOneLine = place.isFlow || inBraces || typeof place.path.at(-1) === 'number' || place.path[0] === 'steps'
  const value = (() => {
    if (is === 'object') return isOnOneLine ? ` { ${CURSOR} }` : `\n${indent}  ${CURSOR}`
    if (is === 'array') return isOnOneLine ? ` [${CURSOR}]` : `\n${indent}  - ${CURSOR}`
    return ` ${CURSOR}`
  })()
  return inBraces ? `{ ${name}:${value} }` : `${name}:${value}`
}

/** What a value can be: what the schema lists, and names. */
function valuesOf(place: YamlPlace, offers: Offers): readonly Completion[] {
  if (place.is === 'key' || place.hasColon) return []
  const { path, file } = place
  const names = namesAt(path, file, offers).map(({ name, says }) => ({ value: name, says }))
  const listed = schemasAt(path, file).flatMap((schema) =>
    constantsOf(schema).map((value) => ({ value, says: wordsOf(schema) }))
  )
  const kernels = new Map(offers.kernels.map(({ name, says }) => [name, says]))
  const byText = new Map([...names, ...listed].map((one) => [String(one.value), one]))
  return [...byText].map(([label, { says }]) => ({
    label,
    is: 'value',
    says: kernels.get(label) || says,
    isNeeded: false,
    text: label,
    goesOn: false
  }))
}

function constantsOf(schema: Schema): readonly unknown[] {
  if (schema.enum !== undefined) return schema.enum
  if (schema.const !== undefined) return [schema.const]
  return schema.type === 'boolean' ? [true, false] : []
}

/** What a schema says of what it describes. */
function wordsOf({ description, anyOf }: Schema): string {
  return description ?? anyOf?.findLast((one) => one.description !== undefined)?.description ?? ''
}
