import { Type, type Static, type TObject } from 'typebox'
import { fieldOfText, fieldSchema } from '../../shared/contracts/path.ts'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { wire } from '../../shared/contracts/validate.ts'

const MACHINE_NAME = '^[a-z0-9][a-z0-9-]{0,62}$'
export const MachineName = Type.String({ pattern: MACHINE_NAME })
export const isMachineName = (text: string): boolean => new RegExp(MACHINE_NAME).test(text)

/** Throws ProblemError, as the services do. */
export function requireMachineName(text: string): void {
  if (isMachineName(text)) return
  const detail = 'a machine has up to 63 of a-z, 0-9 and -, not - first'
  throw new ProblemError('field-invalid', detail, { field: '/machine' })
}

/** Reads a body as its schema has it. Throws ProblemError naming the first field that does not fit. */
export function bodyReader<Schema extends TObject>(schema: Schema): (json: unknown) => Static<Schema> {
  const form = wire(schema)
  return (json) => {
    const parsed = form.parse(json)
    if ('value' in parsed) return parsed.value as Static<Schema>
    const { code, detail, field } = parsed.error
    throw new ProblemError(code, detail, { field })
  }
}

/** Reads a query, which is all text, as its schema has it. Throws ProblemError likewise. */
export function queryReader<Schema extends TObject>(
  schema: Schema
): (query: Readonly<Record<string, string>>) => Static<Schema> {
  const read = bodyReader(schema)
  return (query) =>
    read(
      Object.fromEntries(
        Object.entries(query).map(([name, text]) => [name, fieldOfText(fieldSchema(schema, name), text)])
      )
    )
}
