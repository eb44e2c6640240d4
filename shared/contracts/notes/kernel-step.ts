import { Type, type Static, type TSchema } from 'typebox'
import { closed } from '../common.ts'
import type { Caption } from '../caption.ts'
import type { Wired } from '../wired.ts'

/**
 * A step of a kernel's error path that leaves no line in Linux. In the journal it is a note `host.step` or `guest.step`
 * whose `name` says which.
 */
export interface KernelStep<Data extends TSchema = TSchema> extends Caption<Wired<Static<Data>>> {
  /** As in `ghes.cleared`. */
  readonly name: string
  readonly data: Data
  readonly example: Wired<Static<Data>>
}

/** Declares a kernel step; the identity at run time, the precise types for its users. */
export function step<Data extends TSchema>(row: KernelStep<Data>): KernelStep<Data> {
  return row
}

/** Whether a step that a kernel reports is this one. */
export function isStep<Data extends TSchema, Reported extends { readonly name: string; readonly data: unknown }>(
  row: KernelStep<Data>,
  reported: Reported
): reported is Reported & { readonly data: Static<Data> } {
  return reported.name === row.name
}

/** What of a `host.step` or `guest.step` is the same for every step. */
export const stepFields = {
  type: Type.Literal('step'),
  name: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown())
}

/** The note's data for one step, with what else its layer puts there. */
export function stepData(row: KernelStep, rest: Readonly<Record<string, TSchema>>) {
  return closed({ ...rest, type: Type.Literal('step'), name: Type.Literal(row.name), data: row.data })
}
