import { parseDocument } from 'yaml'
import type { Schema } from '../../../shared/scenario/check-schema.ts'
import { Step } from '../../../shared/scenario/schema-step.ts'

/** A field of the form for a step. */
export interface FormField {
  /** As the scenario has it; empty where the step is nothing but this value. */
  readonly name: string
  /** What the schema says of it; empty where it says nothing. */
  readonly says: string
  readonly isNeeded: boolean
  /** What it may be; absent where it is written. */
  readonly choices?: readonly unknown[]
  /** What is written is text, whatever it looks like. */
  readonly isText: boolean
}

/** One kind of step. */
export interface StepForm {
  readonly action: string
  readonly fields: readonly FormField[]
}

const SCHEMA = JSON.parse(JSON.stringify(Step)) as Schema

/** A form for each step that there is, as the schema of scenarios has them. */
export const STEP_FORMS: readonly StepForm[] = Object.entries(SCHEMA.properties ?? {}).map(([action, schema]) => ({
  action,
  fields: fieldsIn(schema)
}))

function fieldsIn(schema: Schema): readonly FormField[] {
  const { properties, required = [] } = schema.anyOf?.find(({ type }) => type === 'object') ?? schema
  if (properties === undefined) return [fieldOf('', schema, true)]
  return Object.entries(properties)
    .map(([name, one]) => fieldOf(name, one, required.includes(name)))
    .toSorted((a, b) => Number(b.isNeeded) - Number(a.isNeeded))
}

function fieldOf(name: string, schema: Schema, isNeeded: boolean): FormField {
  const says = schema.description ?? schema.anyOf?.findLast(({ description }) => description)?.description ?? ''
  const choices = choicesOf(schema)
  const field = { name, says, isNeeded, isText: schema.type === 'string' }
  return choices === undefined ? field : { ...field, choices }
}

function choicesOf({ type, enum: names, const: only, anyOf }: Schema): readonly unknown[] | undefined {
  if (names !== undefined) return names
  if (only !== undefined) return [only]
  if (type === 'boolean') return [true, false]
  const all = anyOf?.map(choicesOf)
  return all?.every((some) => some !== undefined) === true ? all.flat() : undefined
}

/** The step that a form says; `values` are by name as they were chosen or written, those that are empty are left out. */
export function stepOf({ action, fields }: StepForm, values: Readonly<Record<string, string>>): unknown {
  const given = fields.flatMap((field) => {
    const value = values[field.name]?.trim() ?? ''
    return value === '' ? [] : [[field.name, valueOf(field, value)] as const]
  })
  const [first] = given
  const isWhole = fields.length === 1 && fields[0]?.name === ''
  return { [action]: isWhole ? (first?.[1] ?? '') : Object.fromEntries(given) }
}

function valueOf({ choices, isText }: FormField, written: string): unknown {
  if (choices !== undefined) return choices.find((choice) => String(choice) === written) ?? written
  if (isText) return written
  const yaml = parseDocument(written)
  return yaml.errors.length > 0 ? written : (yaml.toJS() as unknown)
}
