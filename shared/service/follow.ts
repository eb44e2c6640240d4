import { setTimeout as delay } from 'node:timers/promises'
import type { Became, Stopped, Waits } from '../contracts/became.ts'
import { MODELLED_LAYERS, type Layer } from '../contracts/layer.ts'
import type { Engine } from '../engine/engine.ts'
import type { Journal } from '../engine/journal.ts'
import { becameOf, worksOf } from '../trace/became.ts'
import { entryLine, type WireEntry } from '../trace/entry.ts'
import { mergeJournals } from '../trace/merge-journals.ts'
import { Under } from '../trace/under.ts'
import { counted } from '../transport/epochs.ts'
import { NOT_OFFERED } from '../transport/headers.ts'

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

function isHere(told: unknown): told is Here {
  const { entries, roots, waits, stopped } = (told ?? {}) as Partial<Here>
  return [entries, roots, waits, stopped].every((list) => Array.isArray(list))
}

/** So many entries of a layer are looked at; what led to more than that is a story of its own. */
const ENTRIES = 2000

export interface FollowPorts {
  readonly layer: Layer
  readonly engine: Engine
  readonly journal: Journal
  readonly epochMs: number
  readonly urlOf: (layer: Layer) => string | undefined
  /** How the others are asked. */
  readonly fetch: typeof globalThis.fetch
}

/** What this layer knows of what follows from `roots`. */
export function here(
  { layer, engine, journal, epochMs }: FollowPorts,
  machine: string,
  roots: readonly string[]
): Here {
  const under = new Under(roots)
  const entries = journal.following(machine, under, ENTRIES).map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
  const because = engine.stopped(machine)
  return {
    layer,
    epochMs,
    entries,
    roots: under.roots,
    waits: engine.waits(machine, (id) => under.has(id)),
    stopped: because === undefined ? [] : [{ layer, because }]
  }
}

/** Where a layer says what it knows of a message. */
export const herePath = (machine: string, id: string) =>
  `/v1/machines/${machine}/messages/${encodeURIComponent(id)}/here`

const LOOK_EVERY_MS = 5
const ANSWER_MS = 2000
/** Time to keep what was accepted. */
const KEPT_MS = 1000

/**
 * What became of a message, asked of all layers. Waits until no layer has anything to do about it any more, seen twice,
 * but no longer than so many ms; 0 looks once. Undefined when nobody knows of it.
 */
export async function follow(
  ports: FollowPorts,
  machine: string,
  id: string,
  withinMs: number
): Promise<Became | undefined> {
  const end = performance.now() + withinMs
  let roots: readonly string[] = [id]
  for (let before = ''; ;) {
    const looked = await look(ports, machine, roots)
    roots = [...new Set([...roots, ...looked.roots])]
    const became = becameOf(id, looked)
    const state = JSON.stringify([looked.entries.length, roots.length, became?.became, became?.waits.length])
    const isQuiet = worksOf(looked.waits).length === 0
    // What is being kept shows in no journal yet: it may be this message.
    const grace = became === undefined && !isQuiet ? KEPT_MS : 0
    if ((isQuiet && state === before) || performance.now() >= end + grace) return became
    before = state
    await delay(LOOK_EVERY_MS)
  }
}

async function look(ports: FollowPorts, machine: string, roots: readonly string[]) {
  const [id = ''] = roots
  const silent: Became['silent'] = []
  const heard = await Promise.all(
    MODELLED_LAYERS.map(async (layer): Promise<readonly Here[]> => {
      if (layer === ports.layer) return [here(ports, machine, roots)]
      const url = ports.urlOf(layer)
      if (url === undefined) return []
      const path = `${herePath(machine, id)}?also=${encodeURIComponent(roots.join(' '))}`
      try {
        const response = await ports.fetch(url.replace(/\/$/, '') + path, { signal: AbortSignal.timeout(ANSWER_MS) })
        if (response.ok) {
          const told: unknown = await response.json()
          if (isHere(told)) return [told]
          // Someone else's service may answer anything to a question that is not its own.
          return []
        }
        await response.body?.cancel()
        if (!NOT_OFFERED.has(response.status)) silent.push({ layer, because: `it answers ${response.status}` })
      } catch (error) {
        const { code } = (error as { cause?: { code?: string } }).cause ?? {}
        silent.push({ layer, because: code ?? String((error as Error).message) })
      }
      return []
    })
  )
  const known = heard.flat()
  const epochMs = Math.min(...known.map((one) => one.epochMs))
  return {
    entries: mergeJournals(known.map((one) => one.entries.map(counted(one.epochMs, epochMs)))),
    roots: known.flatMap((one) => one.roots),
    waits: known.flatMap((one) => one.waits),
    stopped: known.flatMap((one) => one.stopped),
    silent
  }
}
