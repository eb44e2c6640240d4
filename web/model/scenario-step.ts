import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/** What a layer gets from its own runtime. */
const OWN = 'machine.start'

/** A message as a step of a scenario file, as YAML; nothing for what no step can say. */
export function stepOf({ kind, from, to, type, data }: WireEntry): string | undefined {
  const isSent = kind === 'message' && from !== 'timer' && type !== OWN
  if (!isSent || !MODELLED_LAYERS.some((layer) => layer === to)) return undefined
  // JSON is YAML too.
  return `  - message: ${JSON.stringify({ to, type, data: data ?? {} })}\n`
}
