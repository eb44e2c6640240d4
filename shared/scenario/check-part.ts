import { faultsOf, isOfType, noneOf, ofUnion, say, unknownKey, type Schema } from './check-schema.ts'
import { bad, misnamed, type Fault } from './fault.ts'
import { expressionIn } from './match-event.ts'

/** A schema of a contract: also which texts are 64-bit numbers. */
export interface PartSchema extends Schema {
  readonly 'x-seabus'?: 'u64' | 'bytes'
  /** Of a text that anyone may fill in otherwise: what the layers here say. */
  readonly 'x-names'?: readonly string[]
  readonly anyOf?: readonly PartSchema[]
  readonly oneOf?: readonly PartSchema[]
  readonly properties?: Readonly<Record<string, PartSchema>>
  readonly patternProperties?: Readonly<Record<string, PartSchema>>
  readonly additionalProperties?: boolean | PartSchema
  readonly items?: PartSchema
}

type Path = Fault['path']

/**
 * What is wrong with a part of a value of that schema, as an expectation has it: fields may be left out, text may be a
 * regular expression, a number may stand for its hex form. What no such value can hold is a fault, since it would fail, or
 * `never` hold, for no reason.
 */
export function partFaults(schema: PartSchema, wanted: unknown, path: Path): readonly Fault[] {
  const branches = schema.anyOf ?? schema.oneOf
  if (branches !== undefined) return ofUnion(branches, wanted, path, partFaults)
  const expression = typeof wanted === 'string' ? expressionIn(wanted) : undefined
  if (expression !== undefined) return expressionFaults(schema, expression, path)
  if (schema['x-seabus'] === 'u64') return numberFaults(wanted, path)
  if (schema.type === 'object' && isOfType('object', wanted)) return fieldFaults(schema, wanted as object, path)
  if (schema.type === 'array' && Array.isArray(wanted) && schema.items !== undefined) {
    const { items } = schema
    const own = faultsOf({ ...schema, items: {} }, wanted, path)
    return [...own, ...wanted.flatMap((part: unknown, index) => partFaults(items, part, [...path, index]))]
  }
  const names = schema['x-names']
  if (names !== undefined && typeof wanted === 'string') {
    return names.includes(wanted) ? [] : [noneOf(path, names, wanted)]
  }
  return faultsOf(schema, wanted, path)
}

function fieldFaults(schema: PartSchema, wanted: object, path: Path): readonly Fault[] {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema
  const rest = typeof additionalProperties === 'object' ? additionalProperties : Object.values(patternProperties)[0]
  return Object.entries(wanted).flatMap(([name, part]): readonly Fault[] => {
    const known = Object.hasOwn(properties, name) ? properties[name] : rest
    if (known !== undefined) return partFaults(known, part, [...path, name])
    // Contracts are closed unless they say otherwise.
    if (additionalProperties === true) return []
    return [unknownKey([...path, name], name, Object.keys(properties))]
  })
}

const HEX = /^0x[0-9a-fA-F]{1,16}$/

/** A 64-bit number is told in one form only. */
function numberFaults(wanted: unknown, path: Path): readonly Fault[] {
  if (typeof wanted === 'number') {
    if (Number.isSafeInteger(wanted) && wanted >= 0) return []
    return [bad(path, 'form', `${wanted} is not a number that YAML keeps; write it as text, such as "0xffff90000018"`)]
  }
  if (typeof wanted !== 'string' || !HEX.test(wanted)) {
    return [bad(path, 'form', `must be a 64-bit number such as "0x48001000", not ${say(wanted)}`)]
  }
  const told = `0x${BigInt(wanted).toString(16)}`
  return wanted === told ? [] : [bad(path, 'form', `a trace has this number as ${told}, never as ${wanted}`)]
}

/** An expression that no value can fit, or that would be held against how JSON writes a map or a list. */
function expressionFaults(schema: PartSchema, text: string, path: Path): readonly Fault[] {
  if (schema.type === 'object' || schema.type === 'array') {
    const what = schema.type === 'array' ? 'a list' : 'a map'
    return [bad(path, 'type', `/${text}/ is for text, and this is ${what}: say which of its parts are so`)]
  }
  let expression: RegExp
  try {
    expression = new RegExp(text)
  } catch {
    return [bad(path, 'form', `/${text}/ is no regular expression`)]
  }
  const values = schema.enum ?? schema['x-names'] ?? (schema.const === undefined ? undefined : [schema.const])
  if (values === undefined || values.some((value) => expression.test(String(value)))) return []
  return [bad(path, 'one-of', `/${text}/ fits none of ${values.map(String).join(', ')}`)]
}

/** Of several schemas those whose constants are what is wanted; a fault where none is. */
export function discriminated<Row extends { readonly data: PartSchema }>(
  rows: readonly Row[],
  wanted: object,
  path: Path
): readonly Row[] | Fault {
  const [first] = rows
  if (rows.length < 2 || first === undefined) return rows
  const constantOf = ({ data }: Row, name: string) => data.properties?.[name]?.const
  let left = rows
  for (const [name, part] of Object.entries(wanted)) {
    if (typeof part !== 'string' || expressionIn(part) !== undefined) continue
    const constants = rows.map((row) => constantOf(row, name))
    if (constants.includes(undefined)) continue
    left = left.filter((row) => constantOf(row, name) === part)
    if (left.length > 0) continue
    const known = [...new Set(constants.map(String))]
    const at = [...path, name]
    return known.length > 20
      ? misnamed({ path: at, at: 'value', rule: 'unknown-name' }, `there is no ${name} ${part}`, part, known)
      : noneOf(at, known, part)
  }
  return left
}
