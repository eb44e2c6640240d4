import { Readable } from 'node:stream'
import { MODELLED_LAYERS } from '../../../shared/contracts/layer.ts'
import { entriesIn } from '../../../shared/machine-room/read-journals.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import { placeOf } from '../cursor.ts'
import type { LayerUrls } from '../layer-urls.ts'
import { followMerged } from '../read-merged.ts'
import type { Begun } from './runs.ts'

type Line = (entry: WireEntry) => string

/**
 * The journal of a run as it grows, as lines, until the run is over. What has not come by then is taken from the whole
 * journal of the run, so that every entry comes once.
 */
export async function followRun(
  { machine, over }: Pick<Begun, 'machine' | 'over'>,
  { layers, fetch }: { readonly layers: LayerUrls; readonly fetch: typeof globalThis.fetch },
  line: Line
): Promise<Readable> {
  const from = placeOf(undefined, MODELLED_LAYERS.length)
  const live = await followMerged(layers, { filter: { machine: [machine] }, from, isText: false }, fetch)
  // That it was cut off is no news to whoever has the rest from elsewhere.
  live.on('error', () => undefined)
  return Readable.from(linesOf(live, over, line)).once('close', () => live.destroy())
}

async function* linesOf(
  live: Readable,
  over: Promise<readonly WireEntry[]>,
  line: Line
): AsyncGenerator<string, undefined> {
  const told = new Set<string>()
  let order = 0
  /** A place in the journals of services is none in that of a run. */
  function next(entry: WireEntry): string {
    told.add(keyOf(entry))
    return line({ ...entry, cursor: undefined, order: ++order } as WireEntry)
  }
  const cut = over.then(() => void live.destroy())
  try {
    for await (const lines of live as AsyncIterable<string>) {
      for (const entry of entriesIn(lines)) {
        const text = next(entry)
        if (text !== '') yield text
      }
    }
  } catch {
    // Cut off, since the run is over or the reader has gone.
  }
  await cut
  for (const entry of await over) {
    if (told.has(keyOf(entry))) continue
    const text = next(entry)
    if (text !== '') yield text
  }
  return undefined
}

/** An entry has its place in the journal of its layer; a gap may have that of an entry. */
const keyOf = ({ layer, seq, kind, type }: WireEntry) => `${layer} ${seq} ${kind === 'gap' ? type : ''}`
