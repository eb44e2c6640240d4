import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { Scenario } from '../../shared/scenario/schema.ts'

/** A set of values that something can have, and where: fields of messages and keys of scenario files. */
export interface ContractEnum {
  readonly values: readonly unknown[]
  readonly places: readonly string[]
}

type Schema = Readonly<Record<string, unknown>>

/** Every enum of what a layer accepts and of scenario files; the same values are one enum, wherever they stand. */
export function contractEnums(): readonly ContractEnum[] {
  const found = new Map<string, { values: readonly unknown[]; places: string[] }>()
  const add = (values: readonly unknown[], place: string) => {
    const key = JSON.stringify(values)
    const known = found.get(key) ?? { values, places: [] }
    known.places.push(place)
    found.set(key, known)
  }
  for (const accepts of Object.values(ACCEPTS)) {
    for (const { to, type, data } of accepts) walk(data as unknown as Schema, `${to} ${type}`, add)
  }
  walk(Scenario as unknown as Schema, 'scenario', add)
  return [...found.values()]
}

function walk(schema: Schema, place: string, add: (values: readonly unknown[], place: string) => void): void {
  if (Array.isArray(schema['enum'])) add(schema['enum'], place)
  for (const [key, inner] of Object.entries(schema)) {
    if (key === 'enum' || typeof inner !== 'object' || inner === null) continue
    const isStructure = ['properties', 'items', 'anyOf'].includes(key) || Array.isArray(schema)
    walk(inner as Schema, isStructure ? place : `${place}/${key}`, add)
  }
}
