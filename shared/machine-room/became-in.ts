import type { Became } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Engine } from '../engine/engine.ts'
import { becameOf } from '../trace/became.ts'
import { entryLine, type Entry, type WireEntry } from '../trace/entry.ts'
import { Under } from '../trace/under.ts'

interface Happened {
  readonly machine: string
  /** Of all machines. */
  readonly entries: readonly Entry[]
  readonly engines: ReadonlyMap<Layer, Engine>
}

/** What became of a message on a machine whose layers are in this process; undefined when there was none with this id. */
export function becameIn({ machine, entries, engines }: Happened, id: string): Became | undefined {
  const under = new Under([id])
  const followed = entries
    .filter((entry) => entry.machine === machine && under.take(entry))
    .map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
  const all = [...engines.entries()]
  const waits = all.flatMap(([, engine]) => engine.standing.waits(machine, (one) => under.has(one)))
  const stopped = all.flatMap(([layer, engine]) => {
    const because = engine.standing.stopped(machine)
    return because === undefined ? [] : [{ layer, because }]
  })
  return becameOf(id, { entries: followed, waits, stopped, silent: [] })
}
