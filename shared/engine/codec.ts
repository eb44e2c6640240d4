import type { TSchema } from 'typebox'
import { wire, type Wire } from '../contracts/validate.ts'

/** How a value of a schema travels: `encode` on leaving, `parse` (with validation) on arrival. */
export type Codec = (schema: TSchema) => Wire

/** Between services: JSON, validated on arrival. */
export const jsonCodec: Codec = wire

const AS_IT_IS: Wire = { encode: (value) => value, parse: (value) => ({ value }) }
/** In process: models hand each other their values. */
export const identityCodec: Codec = () => AS_IT_IS

/** In process, with everything passed through its wire form and schema as between services. */
export const checkingCodec: Codec = (schema) => {
  const form = wire(schema)
  return { encode: (value) => JSON.parse(JSON.stringify(form.encode(value))) as unknown, parse: form.parse }
}
