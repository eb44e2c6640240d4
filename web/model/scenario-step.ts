import type { WireEntry } from '../../shared/trace/entry.ts'

/** A message as a step of a scenario file, as YAML; nothing for what no step can say. */
export function stepOf({ kind, to, type, data }: WireEntry): string | undefined {
  if (kind !== 'message' || to === 'outside' || to === 'console') return undefined
  // JSON is YAML too.
  return `  - message: ${JSON.stringify({ to, type, data: data ?? {} })}\n`
}
