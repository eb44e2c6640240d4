import { ownContext, type TraceContext } from '../contracts/trace-context.ts'
import type { Input } from '../model/step.ts'
import type { EnginePorts } from './ports.ts'

export interface Arriving {
  readonly machine: string
  /** The trace that its sender named, and what led to it. */
  readonly given: TraceContext | undefined
  readonly cause: string | undefined
}

/** Tells that an input has come, and gives the trace that it is part of: the given one, or its own. Undefined without traces. */
export function contextOnArrival(
  { traces, arrived }: Pick<EnginePorts, 'traces' | 'arrived'>,
  { id, type, from, time }: Input,
  { machine, given, cause }: Arriving
): TraceContext | undefined {
  if (traces !== true) return undefined
  const context = given ?? ownContext(machine, id)
  arrived?.({ machine, id, type, from, time, context, isOwn: given === undefined, cause })
  return context
}
