import type { Stopped, Waits } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Journal } from '../engine/journal.ts'
import type { Standing } from '../engine/standing.ts'
import { worksOf } from '../trace/became.ts'
import { entryLine, type WireEntry } from '../trace/entry.ts'
import { Under } from '../trace/under.ts'
import { lookUntil } from './at-rest.ts'

/** What one layer knows of a message. */
export interface Here {
  readonly layer: Layer
  readonly epochMs: number
  readonly entries: readonly WireEntry[]
  /** Ids that follow from it by another way than their name, for whoever asks the next layer. */
  readonly roots: readonly string[]
  readonly waits: readonly Waits[]
  readonly stopped: readonly Stopped[]
}

export function isHere(told: unknown): told is Here {
  const { entries, roots, waits, stopped } = (told ?? {}) as Partial<Here>
  return [entries, roots, waits, stopped].every((list) => Array.isArray(list))
}

/** So many entries of a layer are looked at; what led to more than that is a story of its own. */
const ENTRIES = 2000

export interface HerePorts {
  readonly layer: Layer
  readonly engine: { readonly standing: Pick<Standing, 'waits' | 'stopped'> }
  readonly journal: Pick<Journal, 'last' | 'following'>
  readonly epochMs: number
}

/** What this layer knows of what follows from `roots`. */
function here({ layer, engine, journal, epochMs }: HerePorts, machine: string, roots: readonly string[]): Here {
  const under = new Under(roots)
  const entries = journal.following(machine, under, ENTRIES).map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
  const because = engine.standing.stopped(machine)
  return {
    layer,
    epochMs,
    entries,
    roots: under.roots,
    waits: engine.standing.waits(machine, (id) => under.has(id)),
    stopped: because === undefined ? [] : [{ layer, because }]
  }
}

/** The same once this layer has nothing to do about it any more, or the time is over, or whoever asks is gone. */
export async function hereOnceQuiet(
  ports: HerePorts,
  machine: string,
  roots: readonly string[],
  seconds: number,
  isGone: () => boolean
): Promise<Here> {
  if (seconds === 0) return here(ports, machine, roots)
  const { engine, journal } = ports
  const under = new Under(roots)
  let from = 0
  const look = () => {
    // Only what has come since the look before.
    const next = journal.last + 1
    journal.following(machine, under, Infinity, from)
    from = next
    return engine.standing.waits(machine, (id) => under.has(id))
  }
  await lookUntil(look, (waits) => worksOf(waits).length === 0, seconds, isGone)
  return here(ports, machine, roots)
}

/** Where a layer says what it knows of a message. */
export const herePath = (machine: string, id: string) =>
  `/v1/machines/${machine}/messages/${encodeURIComponent(id)}/here`
