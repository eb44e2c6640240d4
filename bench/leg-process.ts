import type { Result, Scale } from './figure.ts'
import { LEGS, type Leg, type LegName } from './legs.ts'
import { startChild } from './processes/child.ts'

/**
 * Runs a leg in a process of its own: what one leg has made the compiler do must not show in the next. It writes below
 * `directory`. Throws when the leg fails.
 */
export async function runLegInProcess(name: LegName, scale: Scale, directory: string): Promise<Result> {
  const { flags = [] }: Leg = LEGS[name]
  const child = startChild('bench/leg-main.ts', { args: [name, scale], env: { TMPDIR: directory }, flags })
  const result = await child.message()
  await child.stop()
  if (result === undefined) throw new Error(`the leg ${name} ended without figures`)
  return result as Result
}
