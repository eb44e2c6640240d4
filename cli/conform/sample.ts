import type { TSchema } from 'typebox'
import type { JsonSchema } from '../../shared/contracts/codec.ts'

interface Bounded extends JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
}

/** The least JSON that fits a schema: what has to be there, each nearest to nothing. An ioctl succeeds. */
export function sampleOf(schema: TSchema | JsonSchema): unknown {
  const { type, anyOf, enum: values, minimum, properties = {}, required = [], ...rest } = schema as Bounded
  if ('const' in rest) return rest.const
  if (values !== undefined) return values[0]
  if (anyOf !== undefined) return sampleOf(anyOf[0] as JsonSchema)
  if (rest['x-seabus'] === 'u64') return '0x0'
  if (rest['x-seabus'] === 'bytes') return ''
  switch (type) {
    case 'object':
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]))
    case 'array':
      return []
    case 'integer':
    case 'number':
      return Math.max(minimum ?? 0, 0)
    case 'boolean':
      return true
    default:
      return ''
  }
}
