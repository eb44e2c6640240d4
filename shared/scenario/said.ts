import { Type, type Static, type TSchema } from 'typebox'

/** A schema with other words on what it means at its place. */
export const said = <Of extends TSchema>(schema: Of, description: string) =>
  Type.Unsafe<Static<Of>>({ ...schema, description })
