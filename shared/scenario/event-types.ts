import { Type, type TSchema } from 'typebox'
import { closed } from '../contracts/common.ts'
import { MODELLED_LAYERS, type Layer } from '../contracts/layer.ts'
import { MACHINE_START } from '../contracts/message.ts'
import { NOTES } from '../contracts/notes/registry.ts'
import { PROBLEMS } from '../contracts/problem.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import type { PartSchema } from './check-part.ts'

/** A kind of event that a trace can have. */
export interface EventRow {
  readonly type: string
  /** In whose journal it is: of a message its receiver's. */
  readonly layer: Layer
  readonly isMessage: boolean
  /** Of its data, as JSON has them. */
  readonly data: PartSchema
}

/** A schema as JSON has it. */
const json = (schema: TSchema): PartSchema => schema

const rowsOf = (
  table: Readonly<Record<string, readonly { readonly type: string; readonly data: TSchema }[]>>,
  isMessage: boolean
) =>
  Object.entries(table).flatMap(([layer, all]) =>
    all.map(({ type, data }): EventRow => ({ type, layer: layer as Layer, isMessage, data: json(data) }))
  )

const NOTHING = json(closed({}))

/** Every event that a trace can have; an expectation about another one would hold or fail for no reason. */
export const EVENTS: readonly EventRow[] = [
  ...rowsOf(NOTES, false),
  ...rowsOf(ACCEPTS, true),
  ...MODELLED_LAYERS.map((layer): EventRow => ({ type: MACHINE_START, layer, isMessage: false, data: NOTHING }))
]

/** Data of a refusal, whatever was refused. */
export const REFUSAL = json(
  closed({
    code: Type.Enum(Object.keys(PROBLEMS)),
    detail: Type.String(),
    field: Type.Optional(Type.String())
  })
)
