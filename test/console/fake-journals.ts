import type { ServerResponse } from 'node:http'
import { MODELLED_LAYERS, type ModelledLayer } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { foreign } from '../service/http.ts'

/** A journal that a test writes. */
export interface FakeJournal {
  epochMs: number
  entries: WireEntry[]
  /** Answers instead, by ending the response or by cutting it off. */
  answer?: (response: ServerResponse, lines: string) => void
}

/** Services that have nothing but a journal each, as a test has written it; those that are not named have none. */
export async function fakeServices(
  t: { teardown: (close: () => void) => unknown },
  journals: Readonly<Partial<Record<ModelledLayer, FakeJournal>>>
): Promise<Readonly<Record<ModelledLayer, string>>> {
  const urls = await Promise.all(
    MODELLED_LAYERS.map(async (layer) => {
      const { url, close } = await foreign((request, response) => {
        const journal = journals[layer]
        if (journal === undefined) return void response.writeHead(404).end()
        const query = new URL(request.url ?? '', 'http://localhost').searchParams
        const after = Number(query.get('after') ?? 0)
        const { epochMs, entries, answer } = journal
        const last = entries.at(-1)?.seq ?? 0
        const lines = entries
          .filter(({ seq }) => seq > Math.min(after, last))
          .map((entry) => `${JSON.stringify(entry)}\n`)
        response.writeHead(200, {
          'content-type': 'application/x-ndjson',
          'seabus-epoch': epochMs,
          'seabus-journal': last
        })
        response.flushHeaders()
        // Whoever wants one line asks since when it counts.
        if (answer === undefined || query.get('limit') === '1') response.end(lines.join(''))
        else answer(response, lines.join(''))
      })
      t.teardown(close)
      return [layer, url] as const
    })
  )
  return Object.fromEntries(urls) as Record<ModelledLayer, string>
}

export function fakeNote(layer: ModelledLayer, seq: number): WireEntry {
  const entry = { machine: 'm0', kind: 'note', type: 'n', layer, from: layer, to: layer, data: {} } as const
  return { ...entry, seq, time: seq, id: `${layer}.${seq}` }
}
