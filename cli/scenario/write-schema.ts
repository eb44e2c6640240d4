import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Scenario } from '../../shared/scenario/schema.ts'

/** Writes docs/scenario.schema.json; a test holds the file to the schema. */
export const SCHEMA_FILE = fileURLToPath(new URL('../../docs/scenario.schema.json', import.meta.url))
export const schemaText = (): string => `${JSON.stringify(Scenario, null, 2)}\n`

if (import.meta.main) writeFileSync(SCHEMA_FILE, schemaText())
