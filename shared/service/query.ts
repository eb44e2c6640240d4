import type { Static, TObject } from 'typebox'
import { fieldOfText, fieldSchema } from '../contracts/path.ts'
import { ProblemError } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'

/** Reads a query, which is all text, as its schema has it. Throws ProblemError that names the first field that does not fit. */
export function queryReader<Schema extends TObject>(
  schema: Schema
): (query: Readonly<Record<string, string>>) => Static<Schema> {
  const form = wire(schema)
  return (query) => {
    const values = Object.entries(query).map(([name, text]) => [name, fieldOfText(fieldSchema(schema, name), text)])
    const parsed = form.parse(Object.fromEntries(values))
    if ('value' in parsed) return parsed.value as Static<Schema>
    const { code, detail, field } = parsed.error
    throw new ProblemError(code, detail, { field })
  }
}
