/** The parts of JSON Schema by which tests make values: our contracts use them, and the documents made of these. */
export interface Schema {
  readonly $ref?: string
  readonly 'x-seabus'?: 'u64' | 'bytes'
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}
