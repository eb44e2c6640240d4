import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { faultsOf, type Schema } from '../../shared/scenario/check-schema.ts'
import { scenarioFiles, SHIPPED } from '../../cli/scenario/files.ts'
import { Scenario } from '../../shared/scenario/schema.ts'
import { SCHEMA_FILE, schemaText } from '../../cli/scenario/write-schema.ts'

void t.test('docs/scenario.schema.json is the schema that files are held against', (t) => {
  t.strictSame(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')), JSON.parse(schemaText()))
  t.end()
})

const files = scenarioFiles([SHIPPED]).map((file) => parse(readFileSync(file, 'utf8')) as Record<string, unknown>)

/** A value in place of any part of a scenario. */
function replaceAt(value: unknown, path: readonly number[], by: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined || typeof value !== 'object' || value === null) return by
  const names = Object.keys(value)
  const name = names[head % Math.max(1, names.length)]
  if (name === undefined) return by
  const inner = replaceAt((value as Record<string, unknown>)[name], rest, by)
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === name ? inner : item))
  return { ...value, [name]: inner }
}

void t.test('what lists all mistakes agrees with a validator about what is one', (t) => {
  const check = Compile(Scenario)
  const schema = JSON.parse(schemaText()) as Schema
  const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({}), fc.constant([]))
  const mutated = fc
    .tuple(fc.constantFrom(...files), fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), values)
    .map(([file, path, by]) => replaceAt(file, path, by))

  fc.assert(
    fc.property(mutated, (value) => {
      if ((faultsOf(schema, value).length === 0) !== check.Check(value)) throw new Error(JSON.stringify(value))
    }),
    { numRuns: 500 }
  )
  t.end()
})
