import type { Layer } from '../../../shared/contracts/layer.ts'
import { messageType } from '../../../shared/contracts/registry.ts'
import type { Schema } from '../../../shared/scenario/check-schema.ts'
import { Scenario } from '../../../shared/scenario/schema.ts'

type Path = readonly (string | number)[]

const SCHEMA = JSON.parse(JSON.stringify(Scenario)) as Schema

/** Whatever a place of a scenario may be: one schema, or the branches of a union. `file` is what can be read of it. */
export function schemasAt(path: Path, file: unknown): readonly Schema[] {
  return path.reduce<readonly Schema[]>(
    (schemas, part, index) =>
      [...schemas.flatMap((schema) => within(schema, part)), ...dataAt(path.slice(0, index + 1), file)].flatMap(
        branchesOf
      ),
    branchesOf(SCHEMA)
  )
}

/** A schema, or what it is one of; what is said of them all is said of each that has no words of its own. */
function branchesOf(schema: Schema): readonly Schema[] {
  const { anyOf, description } = schema
  if (anyOf === undefined) return [schema]
  return anyOf.flatMap(branchesOf).map((one) => (description === undefined ? one : { description, ...one }))
}

function within(schema: Schema, part: string | number): readonly Schema[] {
  if (typeof part === 'number') return schema.items === undefined ? [] : [schema.items]
  const { properties = {}, additionalProperties: rest, patternProperties = {} } = schema
  const own = Object.hasOwn(properties, part) ? properties[part] : undefined
  if (own !== undefined) return [own]
  const [open] = [...(typeof rest === 'object' ? [rest] : []), ...Object.values(patternProperties)]
  return open === undefined ? [] : [open]
}

/** The data of a `message` is what its receiver takes. */
function dataAt(path: Path, file: unknown): readonly Schema[] {
  const [steps, index, message, data] = path
  if (path.length !== 4 || steps !== 'steps' || message !== 'message' || data !== 'data') return []
  const { to, type } = (at(file, ['steps', index ?? 0, 'message']) ?? {}) as { to?: unknown; type?: unknown }
  const row = typeof to === 'string' && typeof type === 'string' ? messageType(to as Layer, type) : undefined
  return row === undefined ? [] : [JSON.parse(JSON.stringify(row.data)) as Schema]
}

/** What stands at a path; nothing where it leads nowhere. */
export const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? (part as Record<string | number, unknown>)[key] : undefined,
    value
  )
