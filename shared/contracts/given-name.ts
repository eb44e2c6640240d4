import { hintFor } from './nearest.ts'
import type { MessageType } from './message.ts'
import { plainLine } from './plain-text.ts'
import { short, type FieldError } from './validate.ts'

/** What a message may give in place of a service's address. */
type Given = Pick<MessageType, 'address' | 'names'>

/**
 * Why a message cannot be taken that names something which there is not, with the name that was probably meant. It is
 * said where messages come in, and of a scenario before it is run: what was kept of a name before this was looked at is
 * played again as it was.
 */
export function unknownName({ address, names }: Given, json: unknown): FieldError | undefined {
  if (address === undefined || names === undefined || typeof json !== 'object' || json === null) return undefined
  const value = (json as Readonly<Record<string, unknown>>)[address]
  // What is an address, or tries to be, is looked at as one.
  if (typeof value !== 'string' || value === '' || value.includes(':') || names.includes(value)) return undefined
  const name = plainLine(short(value))
  return {
    code: 'field-invalid',
    field: `/${address}`,
    detail: `there is no ${address} ${name}${hintFor(name, names)}`
  }
}
